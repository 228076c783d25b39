import { X509Certificate } from 'node:crypto';
import { Agent } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { ProviderIdentityError, ProviderUnreachableError } from '../../network-errors.ts';

type Connected = (error: Error | null, socket: Duplex) => void;

/**
 * Connections to one provider on which nothing is sent before the other side has shown one of the
 * certificates that the provider has on chain. Providers show that one to whoever asks for
 * `mtls.<host>`; under their own name they may show one of a public authority, which says who has the
 * host and not who is the provider.
 */
export class VerifiedAgent extends Agent {
  readonly #provider: string;
  readonly #fingerprints: ReadonlySet<string>;
  readonly #timeoutMs: number;

  /** @param certificates PEM, from the chain */
  constructor(init: { provider: string; certificates: readonly string[]; timeoutMs: number }) {
    super({ keepAlive: false, minVersion: 'TLSv1.3' });
    this.#provider = init.provider;
    this.#timeoutMs = init.timeoutMs;
    this.#fingerprints = new Set(init.certificates.flatMap(fingerprintOf));
  }

  override createConnection(options: ConnectionOptions, done?: Connected): undefined {
    const servername = `mtls.${options.host ?? ''}`;
    const socket = connect({ ...options, servername, rejectUnauthorized: false });
    const fail = (error: Error): void => {
      socket.destroy();
      done?.(error, socket);
    };
    // Of the handshake alone: each request has a time-out of its own.
    const tooLate = (): void => {
      socket.destroy(new ProviderUnreachableError({ provider: this.#provider }));
    };
    socket.setTimeout(this.#timeoutMs, tooLate);
    socket.once('error', fail);
    socket.once('secureConnect', () => {
      socket.setTimeout(0).off('timeout', tooLate).off('error', fail);
      if (!this.#isProvider(socket)) fail(new ProviderIdentityError({ provider: this.#provider }));
      else done?.(null, socket);
    });
    return undefined;
  }

  #isProvider(socket: TLSSocket): boolean {
    const shown = socket.getPeerX509Certificate();
    return shown !== undefined && this.#fingerprints.has(shown.fingerprint256) && isValidNow(shown);
  }
}

function fingerprintOf(pem: string): string[] {
  try {
    return [new X509Certificate(pem).fingerprint256];
  } catch {
    // Anybody may put anything on chain: what is no certificate identifies nobody.
    return [];
  }
}

function isValidNow({ validFromDate, validToDate }: X509Certificate): boolean {
  const now = Date.now();
  return validFromDate.getTime() <= now && now <= validToDate.getTime();
}
