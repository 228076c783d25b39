import { z } from 'zod';
import { DEPENDENCY_CLASSES, type DependencyClass } from './dependency-class.ts';

/**
 * What a drill does. `kill`: ends a process as a power cut would. `stop`: has a process stand still for
 * a while. `blackhole`: calls to a model provider, a node or a hosted agent get no answer. `provider
 * gone`: they cannot connect.
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

/** A node of a chain or of IPFS, and those that could stand in for it. */
export const endpointTarget = z.object({
  type: z.literal('endpoint'),
  dependency: z.enum(DEPENDENCY_CLASSES),
  /** What it serves, such as one chain. */
  purpose: text,
  /** Origins of addresses: what follows in one may be a key. */
  origin: text,
  others: z.array(text).min(1),
});
export type EndpointTarget = Readonly<z.output<typeof endpointTarget>>;

/** An agent that is hosted on Akash, at the place where it was when the drill was planned. */
export const hostedTarget = z.object({
  type: z.literal('hosted'),
  agent: text,
  deploymentId: text,
  dseq: text,
  provider: text,
  region: text.optional(),
  origin: text,
  /** What its leases take, in words. */
  price: text,
  /** The most that a month may cost, wherever it is placed. */
  maximumUsd: text,
});
export type HostedTarget = Readonly<z.output<typeof hostedTarget>>;

/** What is approved: this and nothing else. */
export const drillPlan = z.object({
  version: z.literal(1),
  kind: z.enum(DRILL_KINDS),
  target: z.discriminatedUnion('type', [
    processTarget,
    providerTarget,
    endpointTarget,
    hostedTarget,
  ]),
  /** How long the fault lasts; 0 for one that cannot be taken back. */
  seconds: z.int().min(0).max(300),
});
export type DrillPlan = Readonly<z.output<typeof drillPlan>>;
export type DrillTarget = DrillPlan['target'];

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
  /** Another class whose failover was shown as well. */
  readonly alsoShows?: DependencyClass | undefined;
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

// Another lease has bids to wait for, and a whole server to start.
const LIMITS_MS: Readonly<Record<DrillTarget['type'], number>> = {
  process: 90_000,
  provider: 180_000,
  endpoint: 60_000,
  hosted: 600_000,
};

/** When a drill is over, whatever came of it, in milliseconds from its fault. */
export function hardLimitMs({ target, seconds }: DrillPlan): number {
  return seconds * 1_000 + LIMITS_MS[target.type];
}

/** The class whose failover a drill shows: another process is no other supplier, so those show none. */
export function classOf({ target }: DrillPlan): DependencyClass | undefined {
  switch (target.type) {
    case 'process':
      return undefined;
    case 'provider':
      return 'model provider';
    case 'endpoint':
      return target.dependency;
    case 'hosted':
      return 'compute provider';
  }
}

/** Time from where it was noticed to the first task that a replacement did, in milliseconds. */
export function recoveryMs({ detectedMs, recoveredMs }: Measured): number | undefined {
  return detectedMs === undefined || recoveredMs === undefined
    ? undefined
    : Math.max(0, recoveredMs - detectedMs);
}
