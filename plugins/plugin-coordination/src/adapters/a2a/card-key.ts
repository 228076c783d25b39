import { createECDH, hkdfSync } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';

/** A key that cards are signed with (ES256), as a JWK. */
export interface CardKey {
  readonly privateJwk: Readonly<Record<'kty' | 'crv' | 'x' | 'y' | 'd', string>>;
  readonly publicJwk: Readonly<Record<'kty' | 'crv' | 'x' | 'y' | 'kid' | 'alg' | 'use', string>>;
  /** Its thumbprint (RFC 7638). */
  readonly kid: string;
}

// Of the curve P-256.
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const SEED_BYTES = 48;
const KEY_BYTES = 32;

/**
 * The organisation's key for its cards, made of the owner's token, so that nothing more has to be kept:
 * who changes the token changes the key. The way is that of FIPS 186-5, A.2.1, with HKDF.
 */
export async function cardKeyFrom(ownerToken: string): Promise<CardKey> {
  const seed = Buffer.from(hkdfSync('sha256', ownerToken, '', '371os agent cards', SEED_BYTES));
  const scalar = (BigInt(`0x${seed.toString('hex')}`) % (ORDER - 1n)) + 1n;
  const secret = Buffer.from(scalar.toString(16).padStart(KEY_BYTES * 2, '0'), 'hex');
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(secret);
  const point = curve.getPublicKey();
  const shape = {
    ...{ kty: 'EC', crv: 'P-256' },
    x: point.subarray(1, 1 + KEY_BYTES).toString('base64url'),
    y: point.subarray(1 + KEY_BYTES).toString('base64url'),
  };
  const kid = await calculateJwkThumbprint(shape);
  return {
    privateJwk: { ...shape, d: secret.toString('base64url') },
    publicJwk: { ...shape, kid, alg: 'ES256', use: 'sig' },
    kid,
  };
}
