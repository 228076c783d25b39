import {
  Deployment_State,
  Lease_State,
  MintStatus,
  Types_State,
  type Lease,
  type QueryAggregatedPriceResponse,
  type QueryCertificatesResponse,
  type QueryLedgerRecordEntry,
  type QueryStatusResponse,
} from '@akashnetwork/chain-sdk/private-types/akash.v1';
import type { QueryDeploymentResponse } from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import { Bid_State, type Bid } from '@akashnetwork/chain-sdk/private-types/akash.v1beta5';
import { UnreadableRecordError } from '../../network-errors.ts';
import type {
  ChainBid,
  ChainDeployment,
  ChainLease,
  LeaseId,
  MintRecord,
} from '../../ports/akash-chain.ts';

// The chain's records in our own terms: exact integers, and what is missing said to be.

const ATTO_DIGITS = 18;
const MICRO_DIGITS = 6;
// `ledger_record_status_canceled`, newer than chain-sdk alpha.25.
const CANCELED = 3;
const EXECUTED = 2;

/** @throws UnreadableRecordError */
export function readDeployment(found: QueryDeploymentResponse): ChainDeployment {
  const deployment = found.deployment ?? unreadable('deployment');
  const escrow = found.escrowAccount?.state ?? unreadable('escrow account');
  return {
    dseq: String(deployment.id?.dseq ?? unreadable('deployment')),
    isActive: deployment.state === Deployment_State.active,
    versionHash: Buffer.from(deployment.hash).toString('hex'),
    fundsUact: uactOf(escrow.funds),
    spentUact: uactOf(escrow.transferred),
    depositedUact: uactOf(escrow.deposits.flatMap(({ balance }) => balance ?? [])),
    createdAt: Number(String(deployment.createdAt)),
    settledAt: Number(String(escrow.settledAt)),
    isOverdrawn: escrow.state === Types_State.overdrawn,
  };
}

/** @throws UnreadableRecordError */
export function readBid(bid: Bid | undefined): ChainBid {
  const { id, state, price } = bid ?? unreadable('bid');
  return { id: readId(id), isOpen: state === Bid_State.open, priceAtto: attoOf(price) };
}

/** @throws UnreadableRecordError */
export function readLease(lease: Lease | undefined): ChainLease {
  const { id, state, price, reason } = lease ?? unreadable('lease');
  return {
    id: readId(id),
    isActive: state === Lease_State.active,
    priceAtto: attoOf(price),
    closedReason: reason,
  };
}

export function readCertificates({ certificates }: QueryCertificatesResponse): string[] {
  return certificates.flatMap(({ certificate }) =>
    certificate ? [Buffer.from(certificate.cert).toString()] : [],
  );
}

export function readMint(entry: QueryLedgerRecordEntry): MintRecord {
  const { id, status, executedRecord, pendingRecord } = entry;
  const burned = executedRecord?.burned?.coin ?? pendingRecord?.coinsToBurn;
  const minted = executedRecord?.minted?.coin?.amount ?? '0';
  return {
    id: `${String(id?.height ?? 0)}/${String(id?.sequence ?? 0)}`,
    height: Number(String(id?.height ?? 0)),
    state: stateOfMint(status),
    mintedUact: BigInt(minted),
    burnedUakt: burned && BigInt(burned.amount),
  };
}

/** Why no ACT can be made, if so. */
export function readMintBarrier(status: QueryStatusResponse): string | undefined {
  if (status.mintsAllowed) return undefined;
  return status.status === MintStatus.mint_status_halt_oracle
    ? "the chain's price oracle is not healthy"
    : 'the chain has halted the making of ACT';
}

/** US dollars, in 1e-6; undefined when the price is not sound. */
export function readMicroUsd(found: QueryAggregatedPriceResponse): bigint | undefined {
  if (found.priceHealth?.isHealthy !== true) return undefined;
  return decimal(found.aggregatedPrice?.twap ?? '', MICRO_DIGITS);
}

function stateOfMint(status: number): MintRecord['state'] {
  if (status === CANCELED) return 'canceled';
  return status === EXECUTED ? 'executed' : 'pending';
}

function readId(
  id: { dseq: unknown; gseq: number; oseq: number; bseq: number; provider: string } | undefined,
): LeaseId {
  const { dseq, gseq, oseq, bseq, provider } = id ?? unreadable('lease or bid');
  return { dseq: String(dseq), gseq, oseq, bseq, provider };
}

function attoOf(price: { denom: string; amount: string } | undefined): bigint {
  if (price?.denom !== 'uact') return unreadable('price');
  return decimal(price.amount, ATTO_DIGITS) ?? unreadable('price');
}

function uactOf(coins: readonly { denom: string; amount: string }[]): bigint {
  return coins
    .filter(({ denom }) => denom === 'uact')
    .reduce((sum, { amount }) => sum + (decimal(amount, 0) ?? unreadable('amount')), 0n);
}

/** A decimal text in units of 10^-digits, cut off; undefined when it is none. */
function decimal(text: string, digits: number): bigint | undefined {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) return undefined;
  const [, whole = '0', fraction = ''] = match;
  return BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
}

function unreadable(record: string): never {
  throw new UnreadableRecordError({ record });
}
