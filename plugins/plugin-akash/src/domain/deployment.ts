import type { PicoUsd } from '@371os/kernel';
import { NoSdlError } from '../errors.ts';
import type { BlockPrice } from './block-price.ts';
import type { DeploymentPlan } from './deployment-plan.ts';
import { imagesIn } from './plan-words.ts';

/**
 * DEPLOYING -> ACTIVE -> CLOSING -> CLOSED, or DEPLOYING -> FAILED when nothing could be placed and
 * everything that was paid in has come back, or DEPLOYING -> CLOSING when somebody stops it.
 */
export const DEPLOYMENT_STATES = ['DEPLOYING', 'ACTIVE', 'CLOSING', 'CLOSED', 'FAILED'] as const;
export type DeploymentState = (typeof DEPLOYMENT_STATES)[number];

/** One group of a deployment at its provider. */
export interface Placement {
  /** Name of the group in the SDL. */
  readonly group: string;
  readonly provider: string;
  readonly region: string | undefined;
  readonly gseq: number;
  readonly oseq: number;
  readonly bseq: number;
  readonly price: BlockPrice;
  /** Where its services answer: `http://host:port`, `tcp://host:port`. */
  readonly endpoints: readonly string[];
  /** Why this bid was taken. */
  readonly reasons: readonly string[];
}

/** What somebody had deployed. Its id is that of its approval, or made from the key of an order. */
export interface Deployment {
  readonly id: string;
  readonly state: DeploymentState;
  readonly agent: string;
  /** What it is a part of, which then tells people how it went; undefined for one by itself. */
  readonly partOf: string | undefined;
  readonly requesterId: string;
  readonly roomId: string;
  /** Undefined for one that was adopted: nobody here has its SDL. */
  readonly plan: DeploymentPlan | undefined;
  readonly maximumPico: PicoUsd;
  /** The chain's number of it, once there is one. */
  readonly dseq: string | undefined;
  readonly placements: readonly Placement[];
  /** What the treasury holds for it. */
  readonly reservationId: string | undefined;
  /** What of its rent is in the ledger. */
  readonly rentPico: PicoUsd;
  /** What of its transactions' fees is in the ledger. */
  readonly feesPico: PicoUsd;
  readonly failure: string | undefined;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
}

/**
 * The plan that a deployment was made by.
 * @param wish what cannot be done without it, after "be"
 * @throws NoSdlError for one that was adopted
 */
export function planOf(
  { id, plan }: Pick<Deployment, 'id' | 'plan'>,
  wish: string,
): DeploymentPlan {
  if (!plan) throw new NoSdlError({ id, wish });
  return plan;
}

/** What it runs, in words. */
export function workloadOf({ plan }: Pick<Deployment, 'plan'>): string {
  return plan ? imagesIn(plan).join(', ') : 'adopted, images not known here';
}

/** What it has cost, as far as the ledger has it. */
export function costInLedger({ rentPico, feesPico }: Deployment): PicoUsd {
  return rentPico + feesPico;
}

/** What all its leases take together. */
export function rateOf(placements: readonly Placement[]): BlockPrice {
  return placements.reduce((sum, { price }) => sum + price, 0n);
}

/** A number that a deployment has, or had, on chain: written down before the chain hears of it. */
export interface DeploymentNumber {
  readonly dseq: string;
  readonly deploymentId: string;
  readonly attempt: number;
  readonly isOpen: boolean;
  /** Who got a lease under it. */
  readonly providers: readonly string[];
}
