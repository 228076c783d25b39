import 'reflect-metadata';
import { webcrypto, type webcrypto as WebCrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
  type Extension,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const BACKDATED_MS = 60_000;
const YEAR_MS = 365 * 24 * 3600 * 1000;
const SERIAL_BYTES = 16;
const HOST = 'localhost';

/** A certificate with its keys, all PEM. */
export interface CertificatePair {
  readonly cert: string;
  /** Under the label that the chain wants: `EC PUBLIC KEY`. */
  readonly publicKey: string;
  readonly privateKey: string;
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * The kind of certificate that accounts publish on the chain, for both sides of TLS: the address is
 * the common name of subject and issuer.
 */
export async function accountCertificate(
  address: string,
  validity = yearFrom(Date.now()),
): Promise<CertificatePair> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...{ name: `CN=${address}`, keys, signingAlgorithm: ALGORITHM, serialNumber: newSerial() },
    ...validity,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth, ExtendedKeyUsage.serverAuth]),
    ],
  });
  return pairOf(certificate, keys);
}

/** An authority of this devnet's own, which its clients are told to trust. */
export async function authorityCertificate(now: number): Promise<CertificatePair> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...{ name: 'CN=371OS devnet CA', keys, signingAlgorithm: ALGORITHM, ...yearFrom(now, 10) },
    ...{ serialNumber: newSerial(), extensions: [new BasicConstraintsExtension(true, 0, true)] },
  });
  return pairOf(certificate, keys);
}

/** What a gateway shows to clients that ask for it by its host name. */
export async function hostCertificate(
  authority: CertificatePair,
  now: number,
): Promise<CertificatePair> {
  const keys = await newKeys();
  const extensions: Extension[] = [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension([
      { type: 'dns', value: HOST },
      { type: 'ip', value: '127.0.0.1' },
    ]),
  ];
  const certificate = await X509CertificateGenerator.create({
    ...{ subject: `CN=${HOST}`, issuer: new X509Certificate(authority.cert).subject },
    ...{ publicKey: keys.publicKey, signingKey: await signingKeyOf(authority) },
    ...{ signingAlgorithm: ALGORITHM, serialNumber: newSerial(), extensions, ...yearFrom(now) },
  });
  return pairOf(certificate, keys);
}

function yearFrom(now: number, years = 1): Validity {
  return {
    notBefore: new Date(now - BACKDATED_MS),
    notAfter: new Date(now + years * YEAR_MS),
  };
}

async function newKeys(): Promise<WebCrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

// Positive, and with no zero in front.
function newSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(SERIAL_BYTES));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

async function signingKeyOf({ privateKey }: CertificatePair): Promise<WebCrypto.CryptoKey> {
  const der = Buffer.from(privateKey.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
}

async function pairOf(
  certificate: X509Certificate,
  { publicKey, privateKey }: WebCrypto.CryptoKeyPair,
): Promise<CertificatePair> {
  const pem = async (
    format: 'spki' | 'pkcs8',
    key: WebCrypto.CryptoKey,
    label: string,
  ): Promise<string> => {
    const base64 = Buffer.from(await webcrypto.subtle.exportKey(format, key)).toString('base64');
    const lines = base64.match(/.{1,64}/g) ?? [];
    return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
  };
  return {
    cert: `${certificate.toString('pem')}\n`,
    publicKey: await pem('spki', publicKey, 'EC PUBLIC KEY'),
    privateKey: await pem('pkcs8', privateKey, 'PRIVATE KEY'),
  };
}
