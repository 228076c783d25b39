import { z } from 'zod';
import type { DependencyClass } from './dependency-class.ts';

/**
 * What a drill does. `kill`: ends a process as a power cut would. `stop`: has a process stand still for
 * a while. `blackhole`: calls to a model provider get no answer. `provider gone`: they cannot connect.
 */
export const DRILL_KINDS = ['kill', 'stop', 'blackhole', 'provider gone'] as const;
export type DrillKind = (typeof DRILL_KINDS)[number];

export const DRILL_STATES = [
  'approved',
  'running',
  'succeeded',
  'failed',
  'aborted',
  'refused',
] as const;
export type DrillState = (typeof DRILL_STATES)[number];

const text = z.string().min(1).max(200);

/** A process that works for an agent, as it was when the drill was planned. */
export const processTarget = z.object({
  type: z.literal('process'),
  agent: text,
  nodeId: text,
  name: text,
  machine: text,
  pid: z.int().positive(),
  /** When the system started it, in ticks since the system's own start: no other process has both. */
  startTicks: text,
});
export type ProcessTarget = Readonly<z.output<typeof processTarget>>;

/** A model provider, and the slot whose calls go to it first. */
export const providerTarget = z.object({
  type: z.literal('provider'),
  provider: text,
  slot: text,
});
export type ProviderTarget = Readonly<z.output<typeof providerTarget>>;

/** What is approved: this and nothing else. */
export const drillPlan = z.object({
  version: z.literal(1),
  kind: z.enum(DRILL_KINDS),
  target: z.discriminatedUnion('type', [processTarget, providerTarget]),
  /** How long the fault lasts; 0 for one that cannot be taken back. */
  seconds: z.int().min(0).max(300),
});
export type DrillPlan = Readonly<z.output<typeof drillPlan>>;

/** A drill on record. Moments are milliseconds since 1970, durations milliseconds from the fault. */
export interface Drill {
  readonly id: string;
  readonly plan: DrillPlan;
  readonly state: DrillState;
  readonly requesterId: string;
  readonly approvedBy: string;
  readonly roomId: string;
  readonly askedAtMs: number;
  readonly begunAtMs: number | undefined;
  readonly abortedBy: string | undefined;
  readonly detectedMs: number | undefined;
  readonly recoveredMs: number | undefined;
  readonly outcome: string;
  readonly endedAtMs: number | undefined;
}

/** Something that was made to fail and is not yet as before. */
export interface OpenFault {
  readonly drillId: string;
  readonly plan: DrillPlan;
  /** What is left of its time by the database's clock; 0 and less when it is over. */
  readonly leftMs: number;
}

/** What was seen of a fault, in milliseconds from it. */
export interface Measured {
  readonly detectedMs: number | undefined;
  readonly recoveredMs: number | undefined;
}

/** How long each kind of fault lasts, in seconds. */
export const DRILL_SECONDS: Readonly<
  Record<DrillKind, { readonly usual: number; readonly least: number; readonly most: number }>
> = {
  kill: { usual: 0, least: 0, most: 0 },
  stop: { usual: 15, least: 1, most: 60 },
  blackhole: { usual: 30, least: 5, most: 300 },
  'provider gone': { usual: 30, least: 5, most: 300 },
};

const PROCESS_LIMIT_MS = 90_000;
const PROVIDER_LIMIT_MS = 180_000;

/** When a drill is over, whatever came of it, in milliseconds from its fault. */
export function hardLimitMs({ kind, seconds }: DrillPlan): number {
  const isOfProcess = kind === 'kill' || kind === 'stop';
  return seconds * 1_000 + (isOfProcess ? PROCESS_LIMIT_MS : PROVIDER_LIMIT_MS);
}

/** The class whose failover a drill shows: another process is no other supplier, so those show none. */
export function classOf({ target }: DrillPlan): DependencyClass | undefined {
  return target.type === 'provider' ? 'model provider' : undefined;
}

/** Time from where it was noticed to the first task that a replacement did, in milliseconds. */
export function recoveryMs({ detectedMs, recoveredMs }: Measured): number | undefined {
  return detectedMs === undefined || recoveredMs === undefined
    ? undefined
    : Math.max(0, recoveredMs - detectedMs);
}
