import type { Json } from '../domain/sdl/compiled.ts';
import type { ChainProvider, LeaseId } from './akash-chain.ts';

export interface ServiceStatus {
  readonly name: string;
  readonly wanted: number;
  readonly ready: number;
  readonly uris: readonly string[];
}

export interface ForwardedPort {
  readonly service: string;
  readonly host: string;
  /** Inside the container. */
  readonly port: number;
  readonly externalPort: number;
  readonly protocol: string;
}

export interface LeaseStatus {
  readonly services: readonly ServiceStatus[];
  readonly forwardedPorts: readonly ForwardedPort[];
}

export interface LogLine {
  /** Which copy of which service wrote it. */
  readonly name: string;
  readonly message: string;
}

/**
 * A provider's own server. Its identity is checked before anything is sent: by a public authority,
 * or by the certificate that it has on chain. Every method throws ProviderUnreachableError,
 * ProviderIdentityError, or ProviderRefusedError with the provider's status and words.
 */
export interface ProviderGateway {
  sendManifest(provider: ChainProvider, dseq: string, manifest: readonly Json[]): Promise<void>;
  /** Undefined while the provider knows nothing of the lease. */
  leaseStatus(provider: ChainProvider, id: LeaseId): Promise<LeaseStatus | undefined>;
  /** The last lines that the services wrote. */
  logs(provider: ChainProvider, id: LeaseId, lines: number): Promise<readonly LogLine[]>;
  /** How long its public status takes to come, in milliseconds; undefined when it does not. */
  probe(provider: ChainProvider): Promise<number | undefined>;
}
