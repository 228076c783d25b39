import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { base58btc } from 'multiformats/bases/base58';
import { create } from 'multiformats/hashes/digest';

const IDENTITY_HASH = 0x00;
// libp2p's protobuf of a public key: type Ed25519, then 32 bytes.
const PUBLIC_KEY_PREFIX = Buffer.from([0x08, 0x01, 0x12, 0x20]);

export interface Identity {
  readonly peerId: string;
  /** Protobuf of libp2p in base64. */
  readonly publicKey: string;
}

/** A new Ed25519 key, as PEM. */
export function newIdentityKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string;
}

export function identityOf(privateKey: string): Identity {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const publicKey = Buffer.concat([PUBLIC_KEY_PREFIX, Buffer.from(x, 'base64url')]);
  const hash = create(IDENTITY_HASH, publicKey);
  // Peer ids are written in base58 without the letter that names the base.
  return { peerId: base58btc.baseEncode(hash.bytes), publicKey: publicKey.toString('base64') };
}
