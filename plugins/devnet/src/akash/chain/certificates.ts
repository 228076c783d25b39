import { createPublicKey, X509Certificate } from 'node:crypto';
import type { ChainContext } from './chain-context.ts';
import { refuse } from './chain-error.ts';
import { recordFormat } from './codec.ts';
import type { Table } from './store.ts';

export interface ChainCertificate {
  readonly owner: string;
  /** Decimal, as the chain lists it. */
  readonly serial: string;
  readonly state: 'valid' | 'revoked';
  /** PEM texts. */
  readonly cert: string;
  readonly pubkey: string;
}

/** Certificates that accounts have published, for TLS between tenants and providers. */
export class Certificates {
  readonly #table: Table<ChainCertificate>;

  constructor(context: ChainContext) {
    this.#table = context.store.table('certificate', recordFormat());
  }

  /** @throws ChainError (cert 3, 6, 7) */
  create(owner: string, cert: string, pubkey: string): void {
    const parsed = parseCertificate(cert);
    if (parsed?.subject !== `CN=${owner}`)
      refuse('cert.invalidCertificate', `the common name is not ${owner}`);
    if (!belongsTo(parsed, pubkey)) refuse('cert.invalidPublicKey');
    const serial = serialOf(parsed);
    if (this.find(owner, serial)) refuse('cert.exists');
    this.#table.set(`${owner}/${serial}`, { owner, serial, state: 'valid', cert, pubkey });
  }

  /** @throws ChainError (cert 1, 4) */
  revoke(owner: string, serial: string): void {
    const certificate = this.find(owner, serial) ?? refuse('cert.notFound');
    if (certificate.state === 'revoked') refuse('cert.alreadyRevoked');
    this.#table.set(`${owner}/${serial}`, { ...certificate, state: 'revoked' });
  }

  find(owner: string, serial: string): ChainCertificate | undefined {
    return this.#table.get(`${owner}/${serial}`);
  }

  all(owner = ''): ChainCertificate[] {
    return this.#table.list(owner && `${owner}/`).map(([, certificate]) => certificate);
  }
}

/** A certificate's serial number, in decimal. */
export function serialOf({ serialNumber }: X509Certificate): string {
  return BigInt(`0x${serialNumber}`).toString();
}

/** A PEM certificate, or nothing when it is none. */
function parseCertificate(cert: string): X509Certificate | undefined {
  try {
    return new X509Certificate(cert);
  } catch {
    return undefined;
  }
}

// The key is in SPKI form, under the label that Akash's tools give it.
function belongsTo(certificate: X509Certificate, pubkey: string): boolean {
  try {
    const key = createPublicKey(pubkey.replaceAll('EC PUBLIC KEY', 'PUBLIC KEY'));
    return key.equals(certificate.publicKey);
  } catch {
    return false;
  }
}
