import type { PicoUsd } from '@371os/kernel';
import { z } from 'zod';
import { UnknownPlanError } from '../errors.ts';
import {
  FASTEST_BLOCK_MS,
  monthlyCost,
  PROVIDER_BLOCK_MS,
  type BlockPrice,
} from './block-price.ts';
import { cents } from './plan-words.ts';

/** The kind of approval under which it is kept what becomes of deployments that nobody here made. */
export const STRANGER_KIND = 'akash-stranger';

const dseq = z.string().regex(/^[1-9]\d{0,19}$/);

/** What somebody wants done with deployments of our key that nobody here knows. */
export const strangerOrderSchema = z.discriminatedUnion('work', [
  z.strictObject({
    ...{ version: z.literal(1), work: z.literal('adopt'), dseq },
    /** The most that a month may cost, in US dollars. */
    maximumUsd: z.string(),
  }),
  z.strictObject({
    ...{ version: z.literal(1), work: z.literal('close') },
    dseqs: z.array(dseq).min(1).max(100),
  }),
]);
export type StrangerOrder = z.output<typeof strangerOrderSchema>;

/** A deployment that our key has open on chain, and that nobody here made or looks after. */
export interface Stranger {
  readonly dseq: string;
  /** What is left in its escrow now. */
  readonly fundsUact: bigint;
  /** What its leases take together; 0 when it has none. */
  readonly rate: BlockPrice;
  readonly ageMs: number;
}

const PICO_PER_UACT = 1_000_000n;
const DAY_MS = 86_400_000;

/** The order that an approval holds. @throws UnknownPlanError */
export function readStrangerOrder(approval: {
  readonly id: string;
  readonly plan: unknown;
}): StrangerOrder {
  const parsed = strangerOrderSchema.safeParse(approval.plan);
  if (!parsed.success) throw new UnknownPlanError({ approvalId: approval.id });
  return parsed.data;
}

/** The most that a month of it costs: at the price of its leases, with the fastest blocks. */
export function mostOfMonth({ rate }: Pick<Stranger, 'rate'>): PicoUsd {
  return monthlyCost(rate, FASTEST_BLOCK_MS);
}

/** A stranger in a line. */
export function describeStranger(stranger: Stranger): string {
  const { dseq: number, fundsUact, rate, ageMs } = stranger;
  const lease =
    rate === 0n
      ? 'without a lease'
      : `leased for $${cents(monthlyCost(rate, PROVIDER_BLOCK_MS))} a month`;
  return `number ${number}: open, ${lease}, $${cents(fundsUact * PICO_PER_UACT)} in escrow, ${String(Math.floor((ageMs * 10) / DAY_MS) / 10)} days old`;
}

/** What a person may do about one. */
export function describeOffer(stranger: Stranger): string {
  const { dseq: number, rate } = stranger;
  const close = `write "close deployment ${number}" to end it and get the rest back`;
  const what = `On chain our key has a deployment that nobody here knows, ${describeStranger(stranger)}.`;
  return rate === 0n
    ? `${what} It costs nothing but its deposit: ${close}.`
    : `${what} It is paid for and not looked after: write "adopt deployment ${number}" to have it looked after, or ${close}.`;
}

/** A stranger as JSON for other programs. */
export function presentStranger(stranger: Stranger): Record<string, unknown> {
  const { dseq: number, fundsUact, rate, ageMs } = stranger;
  return {
    ...{ dseq: number, state: 'active', isLeased: rate > 0n },
    escrowUsd: cents(fundsUact * PICO_PER_UACT),
    monthlyUsd: cents(monthlyCost(rate, PROVIDER_BLOCK_MS)),
    ageDays: Math.floor((ageMs * 10) / DAY_MS) / 10,
  };
}
