import type { GroupSpec } from '../domain/sdl/compiled.ts';

/** Which order of which group of a deployment, and who bids on it or has it. */
export interface LeaseId {
  /** Decimal digits; unique among the deployments of one owner. */
  readonly dseq: string;
  readonly gseq: number;
  readonly oseq: number;
  readonly bseq: number;
  /** `akash1...` */
  readonly provider: string;
}

export interface ChainDeployment {
  readonly dseq: string;
  readonly isActive: boolean;
  /** SHA-256 of its manifest, in hex. */
  readonly versionHash: string;
  /** What is left in its escrow as of the block `settledAt`, in uact, cut off to whole ones. */
  readonly fundsUact: bigint;
  /** What its escrow has paid out until then, in uact, cut off to whole ones. */
  readonly spentUact: bigint;
  /** What was ever put into it, in uact, less what has been given back. */
  readonly depositedUact: bigint;
  readonly settledAt: number;
  /** The block that it was made in. */
  readonly createdAt: number;
  readonly isOverdrawn: boolean;
}

export interface ChainBid {
  readonly id: LeaseId;
  readonly isOpen: boolean;
  /** Of the whole group, for a block, in 1e-18 uact. */
  readonly priceAtto: bigint;
}

export interface ChainLease {
  readonly id: LeaseId;
  readonly isActive: boolean;
  readonly priceAtto: bigint;
  /** Why it was closed: 1 by its owner, 10000 and up by its provider, 20000 and up by the network. */
  readonly closedReason: number;
}

export interface ChainProvider {
  readonly owner: string;
  /** `https://host:port` */
  readonly hostUri: string;
  readonly attributes: readonly { readonly key: string; readonly value: string }[];
}

/** A burn of AKT that makes ACT, some blocks after it was asked for. */
export interface MintRecord {
  readonly id: string;
  readonly height: number;
  readonly state: 'pending' | 'executed' | 'canceled';
  readonly mintedUact: bigint;
  /** Undefined where the chain does not say, as of one that was canceled. */
  readonly burnedUakt: bigint | undefined;
}

export interface ChainBlock {
  readonly height: number;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
}

/** A transaction before it is sent. Its fee is paid once a block has it, whatever comes of it there. */
export interface SignedTransaction {
  readonly hash: string;
  readonly feeUakt: bigint;
  /** The last block that may hold it. */
  readonly lastHeight: number;
}

/** A transaction that succeeded. */
export interface Receipt {
  readonly hash: string;
  readonly height: number;
  readonly feeUakt: bigint;
}

export interface SendOptions {
  /** The last block that may hold the transaction; a few minutes from now when left out. */
  readonly lastHeight?: number | undefined;
  /** Told of each transaction before it is sent, so that none is forgotten by a crash. */
  readonly onSigned?: ((transaction: SignedTransaction) => Promise<void>) | undefined;
}

/**
 * Akash's chain as the holder of one key sees it. Every method throws ChainUnreachableError when the
 * node does not answer in time, and those that read the state throw ChainBehindError when the node
 * says less than has been seen before; those that send throw ChainRefusedError when the chain says no, and
 * TransactionLostError when the transaction is in no block and can never get into one.
 */
export interface AkashChain {
  /** The account of the key. */
  readonly owner: string;
  latestBlock(): Promise<ChainBlock>;
  balances(): Promise<{ readonly uakt: bigint; readonly uact: bigint }>;
  minimumDepositUact(): Promise<bigint>;

  createDeployment(
    init: {
      readonly dseq: string;
      readonly groups: readonly GroupSpec[];
      readonly versionHash: string;
      readonly depositUact: bigint;
    },
    options?: SendOptions,
  ): Promise<Receipt>;
  updateDeployment(dseq: string, versionHash: string, options?: SendOptions): Promise<Receipt>;
  /** Closes it with all its leases; what was not used comes back. */
  closeDeployment(dseq: string, options?: SendOptions): Promise<Receipt>;
  deposit(dseq: string, uact: bigint, options?: SendOptions): Promise<Receipt>;
  createLeases(ids: readonly LeaseId[], options?: SendOptions): Promise<Receipt>;
  /** Whether a block has the transaction with this hash. */
  hasTransaction(hash: string): Promise<boolean>;

  /** Undefined when there is none. */
  deployment(dseq: string): Promise<ChainDeployment | undefined>;
  activeDeployments(): Promise<readonly ChainDeployment[]>;
  bids(dseq: string): Promise<readonly ChainBid[]>;
  leases(dseq: string): Promise<readonly ChainLease[]>;

  provider(owner: string): Promise<ChainProvider | undefined>;
  /** Who vouches for a provider's attributes: addresses of auditors. */
  auditors(provider: string): Promise<readonly string[]>;
  /** A provider's valid certificates, PEM. */
  certificates(provider: string): Promise<readonly string[]>;

  /** Asks for ACT in exchange for AKT; `mints` says what becomes of it. */
  mint(burnUakt: bigint, options?: SendOptions): Promise<Receipt>;
  mints(): Promise<readonly MintRecord[]>;
  /** Why no ACT can be made now, if so. */
  mintBarrier(): Promise<string | undefined>;
  /** US dollars for an AKT, in 1e-6; undefined when the chain's oracle has no sound price. */
  aktPriceMicroUsd(): Promise<bigint | undefined>;
}
