/** One signed form of a transaction; those of one nonce differ by their fees, or take it back. */
export interface SignedVersion {
  readonly hash: string;
  /** What a node takes, `0x...`. */
  readonly raw: string;
  readonly maxFeeWei: bigint;
  readonly tipWei: bigint;
  /** Milliseconds since 1970. */
  readonly signedAtMs: number;
  /** It sends nothing to ourselves, so that the nonce is used up. */
  readonly isWithdrawal: boolean;
}

/** Where a transaction ended up. */
export interface KeptReceipt {
  readonly hash: string;
  readonly blockNumber: number;
  readonly blockHash: string;
}

export const TRANSACTION_STATES = [
  /** Signed; a node may have it or not. */
  'signed',
  /** A node has taken it. */
  'sent',
  /** In a block that is deep enough. */
  'confirmed',
  /** In a block, without effect. */
  'reverted',
  /** Its nonce was used up for nothing. */
  'withdrawn',
  /** Given up before any node took it. */
  'abandoned',
] as const;
export type TransactionState = (typeof TRANSACTION_STATES)[number];

/** A transaction as it is kept. */
export interface KeptTransaction {
  /** Whoever submits with the same key again gets the same transaction. */
  readonly key: string;
  readonly chainId: number;
  readonly sender: string;
  readonly nonce: number | undefined;
  readonly state: TransactionState;
  readonly call: { readonly to: string; readonly data: string };
  readonly gasLimit: bigint;
  /** Most that a unit of gas may come to cost. */
  readonly ceilingWei: bigint;
  readonly versions: readonly SignedVersion[];
  readonly receipt: KeptReceipt | undefined;
}

// Nodes take a replacement whose both fees are a tenth higher; some want an eighth.
const BUMP_PERCENT = 125n;

/** Fees that replace those of a version, or undefined when the ceiling does not allow it. */
export function bumpedFees(
  { maxFeeWei, tipWei }: Pick<SignedVersion, 'maxFeeWei' | 'tipWei'>,
  market: Pick<SignedVersion, 'maxFeeWei' | 'tipWei'>,
  ceilingWei: bigint,
): { maxFeeWei: bigint; tipWei: bigint } | undefined {
  const tip = larger(raised(tipWei), market.tipWei);
  const least = raised(maxFeeWei);
  const wanted = larger(least, market.maxFeeWei);
  if (least > ceilingWei) return undefined;
  const maxFee = wanted > ceilingWei ? ceilingWei : wanted;
  return { maxFeeWei: maxFee, tipWei: tip > maxFee ? maxFee : tip };
}

function raised(wei: bigint): bigint {
  return (wei * BUMP_PERCENT) / 100n + 1n;
}

function larger(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
