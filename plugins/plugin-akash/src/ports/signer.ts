/**
 * Whoever signs for an account: a key in this process, a key management service, a hardware wallet.
 * What is signed is a SHA-256 digest, over secp256k1, for transactions and for providers' tokens
 * alike.
 */
export interface Signer {
  /** `akash1...` */
  readonly address: string;
  /** The compressed public key, 33 bytes. */
  readonly publicKey: Uint8Array;
  /** @returns r and s, 32 bytes each, with the lower of both possible s */
  sign(digest: Uint8Array): Promise<Uint8Array>;
}
