import { createPublicKey, verify, type KeyObject } from 'node:crypto';

// What stands before a compressed secp256k1 point in a DER-encoded public key.
const SPKI_PREFIX = Buffer.from('3036301006072a8648ce3d020106052b8104000a032200', 'hex');
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/**
 * Whether a signature (r and s, 32 bytes each) over the SHA-256 of `data` was made with the key of a
 * compressed public key. As on the chain, of the two values that s may have only the smaller counts.
 */
export function isSignatureOf(
  data: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  if (signature.length !== 64) return false;
  const s = BigInt(`0x${Buffer.from(signature.slice(32)).toString('hex')}`);
  const key = keyOf(publicKey);
  if (s > HALF_ORDER || !key) return false;
  return verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

function keyOf(point: Uint8Array): KeyObject | undefined {
  try {
    const key = Buffer.concat([SPKI_PREFIX, point]);
    return createPublicKey({ key, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}
