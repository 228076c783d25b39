import { WITHOUT_SDL } from './deployment-report.ts';
import type { Deployment } from './deployment.ts';
import { cents } from './plan-words.ts';

/** How a deployment was lost: its lease ended, or its provider does not answer. */
export interface Loss {
  readonly provider?: string | undefined;
  /** The chain's reason for the end of the lease. */
  readonly reason?: number | undefined;
  readonly isSilent?: boolean;
}

/** The chain's reason where an escrow was used up. */
export const OUT_OF_FUNDS = 20_000;

const REASONS: Readonly<Record<number, string>> = {
  1: 'closed by its owner, outside this company',
  10_000: 'given up by the provider, which could not keep it running',
  10_001: 'given up by the provider, which is being taken down',
  10_002: 'given up by the provider, which says no reason',
  10_003: 'given up by the provider, which got no manifest in time',
  [OUT_OF_FUNDS]: 'ended by the network, since its escrow was used up',
};
const PICO_PER_UACT = 1_000_000n;

/** What is said of a deployment that was lost, and what becomes of it. */
export function describeLoss({ id, plan }: Pick<Deployment, 'id' | 'plan'>, loss: Loss): string {
  const next = plan
    ? 'It is closed there and placed with another provider; I say here when it runs.'
    : `${WITHOUT_SDL} It is being closed; deploy it anew from its SDL.`;
  return `Deployment ${id}: ${whatHappened(loss)}. ${next}`;
}

function whatHappened({ provider, reason, isSilent }: Loss): string {
  const where = provider === undefined ? '' : ` at provider ${provider}`;
  if (isSilent) return `provider ${provider ?? ''} has not answered several times in a row`;
  const why = reason === undefined ? 'closed on chain' : (REASONS[reason] ?? 'ended');
  return `its lease${where} has been lost: ${why}${reason === undefined ? '' : ` (reason ${String(reason)})`}`;
}

/** What is said of work that fails and is begun anew until it is done. */
export function describeStuck(
  { id, state }: Pick<Deployment, 'id' | 'state'>,
  why: string,
): string {
  const what = state === 'CLOSING' ? 'closed' : 'placed';
  return `Deployment ${id} is not ${what} yet: ${why} It is tried again until it is. If that goes on, see whether the account has AKT for the fees, and whether the node at AKASH_RPC_URL answers.`;
}

/**
 * What is said of an escrow that runs low.
 * @param days for which it is paid
 * @param wanted what would keep it paid, in uact
 * @param room what may be paid in this month, in uact
 */
export function describeRunway(
  { id, maximumPico }: Pick<Deployment, 'id' | 'maximumPico'>,
  { days, wanted, room }: { days: number; wanted: bigint; room: bigint },
): string {
  const low = `Deployment ${id} is paid ahead for ${String(days)} days only.`;
  const most = `$${cents(maximumPico)} that it may cost this month`;
  if (room <= 0n)
    return `${low} It is not topped up, since that would exceed the ${most}: it ends when its escrow is used up. To keep it, deploy it anew with a higher maximum and close ${id} then.`;
  if (room < wanted)
    return `${low} It is topped up by $${cents(room * PICO_PER_UACT)}, the last of the ${most}. To keep it longer, deploy it anew with a higher maximum and close ${id} then.`;
  return `${low} It is being topped up by $${cents(wanted * PICO_PER_UACT)}, within the ${most}; nothing is to be done.`;
}
