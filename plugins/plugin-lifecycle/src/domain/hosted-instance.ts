import { divideUp, formatUsd, type PicoUsd } from '@371os/kernel';
import { z } from 'zod';

/** Where an instance of a hosted agent is; one that was closed may be opened again. */
export const INSTANCE_STATES = ['opening', 'ready', 'draining', 'closed'] as const;

/** One of the places in which a hosted agent works. Times are milliseconds. */
export interface HostedInstance {
  readonly agentId: string;
  /** Of the agent: another one has another plan, and other tokens. */
  readonly generation: number;
  /** 0 is the place that it was made with. */
  readonly index: number;
  /** One more with each opening; 0 is the place that came with the agent. */
  readonly turn: number;
  readonly state: (typeof INSTANCE_STATES)[number];
  readonly deploymentId: string | undefined;
  /** How much longer it may go on with what it works on; below 0 it is too late. */
  readonly drainLeftMs: number;
  /** How often in a row it could not be opened, and why not the last time. */
  readonly failures: number;
  readonly failure: string | undefined;
  /** How long it is left alone after that; below 0 it may be opened. */
  readonly waitMs: number;
}

/** Names an opening of an instance for ever. */
export function openingKey(
  one: Pick<HostedInstance, 'agentId' | 'generation' | 'index' | 'turn'>,
): string {
  const { agentId, generation, index, turn } = one;
  return `lifecycle/${agentId}-${String(generation)}/instance/${String(index)}/${String(turn)}`;
}

/** The kind of approval under which an agent may have several instances. */
export const RANGE_KIND = 'lifecycle-instances';

/** How many instances a hosted agent may have, and what each may cost: to the letter what is approved. */
export const rangePlanSchema = z.strictObject({
  version: z.literal(1),
  agentId: z.string(),
  generation: z.number().int(),
  name: z.string(),
  min: z.number().int().min(0),
  max: z.number().int().min(1),
  /** The most that an instance costs, in US dollars. */
  usdPerHour: z.string(),
  usdPerMonth: z.string(),
});
export type RangePlan = z.output<typeof rangePlanSchema>;

const HOURS_A_MONTH_MILLIS = 730_488n;
/** A hundredth of a cent. */
const ROUNDED_TO_PICO = 100_000_000n;

/** The most that an hour costs of what costs so much in a month, rounded up to a hundredth of a cent. */
export function hourlyPrice(monthlyPico: PicoUsd): PicoUsd {
  const exact = divideUp(monthlyPico * 1_000n, HOURS_A_MONTH_MILLIS);
  return divideUp(exact, ROUNDED_TO_PICO) * ROUNDED_TO_PICO;
}

/** What is asked for so that an agent may have from `min` to `max` instances. */
export function rangePlanOf(
  agent: { readonly id: string; readonly generation: number; readonly name: string },
  { min, max }: { readonly min: number; readonly max: number },
  monthlyPico: PicoUsd,
): RangePlan {
  return {
    ...{ version: 1, agentId: agent.id, generation: agent.generation, name: agent.name, min, max },
    usdPerHour: formatUsd(hourlyPrice(monthlyPico)),
    usdPerMonth: formatUsd(monthlyPico),
  };
}

/** The plan in words, for the person who decides. */
export function rangeSummary({ name, min, max, usdPerHour, usdPerMonth }: RangePlan): string {
  return `Let ${name} have ${String(min)} to ${String(max)} instances on Akash, each at most $${usdPerHour} an hour ($${usdPerMonth} a month)`;
}
