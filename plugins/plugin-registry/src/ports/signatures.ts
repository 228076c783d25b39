import type { TypedData } from '../domain/registration-file.ts';

/** The mathematics of signatures. */
export interface Signatures {
  /** Keccak-256 of a text's UTF-8, `0x...`. */
  hashText(text: string): string;
  /**
   * Whether `signer` has signed: by its key, or, where it is a contract, by its own word (ERC-1271).
   * @throws RpcUnreachableError
   */
  isSignedBy(signer: string, data: TypedData, signature: string): Promise<boolean>;
}
