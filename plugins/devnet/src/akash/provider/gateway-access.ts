import type { X509Certificate } from 'node:crypto';
import { JwtValidator } from '@akashnetwork/chain-sdk';
import { serializeSignDoc } from '@cosmjs/amino';
import { z } from 'zod';
import type { ChainState } from '../chain/chain-state.ts';
import { serialOf } from '../chain/certificates.ts';
import { isSignatureOf } from '../chain/secp256k1.ts';
import { GatewayError } from './errors.ts';

/** What a request wants to do with a lease or a deployment. */
export interface Purpose {
  readonly scope: 'send-manifest' | 'get-manifest' | 'status' | 'logs' | 'events' | 'shell';
  readonly dseq: string;
  readonly gseq?: number;
  readonly oseq?: number;
}

/** Who asks, and whether they may. */
export interface Access {
  readonly owner: string;
  allows(purpose: Purpose): boolean;
}

const scopes = z.array(z.string());
const header = z.object({ alg: z.enum(['ES256K', 'ES256KADR36']) });
const claims = z.object({
  ...{ iss: z.string(), iat: z.number(), nbf: z.number(), exp: z.number() },
  ...{ version: z.literal('v1') },
  leases: z.object({
    access: z.enum(['full', 'scoped', 'granular']),
    scope: scopes.optional(),
    permissions: z
      .array(
        z.object({
          ...{ provider: z.string(), access: z.enum(['full', 'scoped', 'granular']) },
          scope: scopes.optional(),
          deployments: z
            .array(
              z.object({
                ...{ dseq: z.number(), scope: scopes },
                ...{ gseq: z.number().optional(), oseq: z.number().optional() },
              }),
            )
            .optional(),
        }),
      )
      .optional(),
  }),
});

type Claims = z.output<typeof claims>;

/**
 * Who somebody is that shows a certificate, or a token, or neither.
 * @param certificate already checked against the chain
 * @param authorization the header of this name
 * @param provider address of the provider that is asked
 * @throws GatewayError (401)
 */
export function accessOf(
  { certificate, authorization }: { certificate?: X509Certificate; authorization?: string },
  { state, provider, now }: { state: ChainState; provider: string; now: number },
): Access {
  const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
  if (certificate && token !== undefined)
    throw refusal('auth: ambiguous authentication. may not use mTLS and JWT at the same time');
  if (certificate) return { owner: commonName(certificate), allows: () => true };
  if (token === undefined) throw refusal('jwt: missing');
  const verified = verifyToken(token, state, now);
  return { owner: verified.iss, allows: (purpose) => isAllowed(verified, provider, purpose) };
}

/**
 * Whether the chain knows a certificate that a client shows: the address of an account as the name
 * of subject and issuer, in its time, published and not revoked.
 */
export function isPublished(certificate: X509Certificate, state: ChainState, now: number): boolean {
  const { subject, issuer, validFromDate, validToDate, raw } = certificate;
  const known = state.certificates.find(commonName(certificate), serialOf(certificate));
  return (
    subject === issuer &&
    now >= validFromDate.getTime() &&
    now <= validToDate.getTime() &&
    known?.state === 'valid' &&
    derOf(known.cert).equals(raw)
  );
}

function verifyToken(token: string, state: ChainState, now: number): Claims {
  const { isValid, decodedToken } = new JwtValidator().validateToken(token);
  const { data: head } = header.safeParse(decodedToken?.header);
  const { data: body } = claims.safeParse(decodedToken?.payload);
  if (!isValid || !head || !body) throw refusal('jwt: invalid');
  const seconds = now / 1000;
  if (body.exp <= seconds || body.nbf > seconds + 1) throw refusal('jwt: expired or not yet valid');
  const publicKey = state.bank.account(body.iss)?.publicKey;
  if (publicKey === undefined) throw refusal('jwt: the account has no public key on the chain');
  const [first = '', second = '', signature = ''] = token.split('.');
  const signed = `${first}.${second}`;
  const data = head.alg === 'ES256K' ? Buffer.from(signed) : adr36(body.iss, signed);
  if (!isSignatureOf(data, Buffer.from(signature, 'base64url'), Buffer.from(publicKey, 'base64')))
    throw refusal('jwt: invalid signature');
  return body;
}

// What a wallet signs for a text that is no transaction (ADR 036 of the Cosmos SDK).
function adr36(signer: string, text: string): Uint8Array {
  const value = { signer, data: Buffer.from(text).toString('base64') };
  return serializeSignDoc({
    ...{ chain_id: '', account_number: '0', sequence: '0', memo: '' },
    ...{ fee: { gas: '0', amount: [] }, msgs: [{ type: 'sign/MsgSignData', value }] },
  });
}

function isAllowed({ leases }: Claims, provider: string, purpose: Purpose): boolean {
  if (leases.access === 'full') return true;
  if (leases.access === 'scoped') return leases.scope?.includes(purpose.scope) ?? false;
  const own = leases.permissions?.find((permission) => permission.provider === provider);
  if (own?.access !== 'granular')
    return own?.access === 'full' || (own?.scope?.includes(purpose.scope) ?? false);
  return (own.deployments ?? []).some(
    ({ dseq, gseq, oseq, scope }) =>
      String(dseq) === purpose.dseq &&
      (gseq === undefined || gseq === purpose.gseq) &&
      (oseq === undefined || oseq === purpose.oseq) &&
      scope.includes(purpose.scope),
  );
}

function refusal(problem: string): GatewayError {
  return new GatewayError({ status: 401, problem });
}

function commonName({ subject }: X509Certificate): string {
  return /^CN=(\S+)$/m.exec(subject)?.[1] ?? '';
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
}
