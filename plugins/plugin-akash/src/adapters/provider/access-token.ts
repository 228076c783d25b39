import { randomUUID } from 'node:crypto';
import { sha256 } from '@cosmjs/crypto';
import type { Signer } from '../../ports/signer.ts';

const LIFETIME_SECONDS = 600;
// A provider's clock may be behind ours.
const SKEW_SECONDS = 30;

/**
 * A token that proves to a provider that its bearer holds the lessee's key: a JWT, ES256K, for all
 * leases of the account (AEP-64).
 * @param nowMs milliseconds since 1970
 */
export async function accessToken(signer: Signer, nowMs: number): Promise<string> {
  const now = Math.floor(nowMs / 1_000) - SKEW_SECONDS;
  const content = [
    { alg: 'ES256K', typ: 'JWT' },
    {
      ...{ iss: signer.address, jti: randomUUID(), iat: now, nbf: now },
      ...{ exp: now + LIFETIME_SECONDS, version: 'v1', leases: { access: 'full' } },
    },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = await signer.sign(sha256(Buffer.from(content)));
  return `${content}.${Buffer.from(signature).toString('base64url')}`;
}
