import type { TypedData } from '../domain/registration-file.ts';
import type { UnsignedTransaction } from './evm-chain.ts';

/** Whoever signs for an account: a key in this process, a key management service, a hardware wallet. */
export interface Signer {
  /** `0x...` with a checksum. */
  readonly address: string;
  /** The same transaction gives the same bytes each time. */
  signTransaction(
    transaction: UnsignedTransaction,
  ): Promise<{ readonly raw: string; readonly hash: string }>;
  /** @returns 65 bytes, `0x...` */
  signTypedData(data: TypedData): Promise<string>;
}
