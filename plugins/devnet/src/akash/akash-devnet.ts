import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { secureRandom, type Clock } from '@371os/kernel';
import type { LeaseClosedReason } from '@akashnetwork/chain-sdk/private-types/akash.v1';
import { startChain, type ChainAddresses } from './akash-chain.ts';
import type { Chain, Outcome } from './chain/chain.ts';
import { UACT, UAKT } from './chain/bank.ts';
import { recordFormat, textFormat } from './chain/codec.ts';
import type { DeploymentId } from './chain/ids.ts';
import { deploymentXid } from './chain/ids.ts';
import { Store } from './chain/store.ts';
import { consoleApi } from './console-api.ts';
import { Faults } from './faults.ts';
import { deriveKey, deriveWalletKey, type WalletKey } from './keys.ts';
import { endServer, listen, LOOPBACK } from './loopback-server.ts';
import { authorityCertificate, type CertificatePair } from './provider/certificate.ts';
import type { KnownImages } from './provider/images.ts';
import type { ProviderTimes } from './provider/provider.ts';
import { PROVIDERS, type ProviderProfile } from './provider/provider-profile.ts';
import { startProvider, type RunningProvider } from './provider/start-provider.ts';

/** The auditor that most SDL files name, whose word the devnet takes on. */
export const AUDITOR = 'akash1365yvmc4s7awdyj3n2sav7xfx76adc6dnmlx63';
const TENANT_UAKT = 1_000_000_000n;
const TENANT_UACT = 500_000_000n;

export interface AkashPorts {
  readonly rpc: number;
  readonly rest: number;
  readonly grpc: number;
  readonly console: number;
  /** Of the first provider's gateway; the others follow. */
  readonly gateways: number;
}

export interface AkashDevnetInit {
  /** Of the state and of what providers run. */
  readonly directory: string;
  /** Otherwise the chain is gone with the process. */
  readonly isKept: boolean;
  readonly chainId: string;
  readonly clock: Clock;
  /** Between blocks; 0 makes none but those that are asked for. */
  readonly blockTimeMs: number;
  /** Wanted ports of 127.0.0.1; another one is taken when somebody has it. 0 is any. */
  readonly ports: AkashPorts;
  readonly times: ProviderTimes;
  readonly images: KnownImages;
  readonly profiles?: readonly ProviderProfile[];
}

export interface AkashAddresses extends ChainAddresses {
  readonly chainId: string;
  /** What an indexer knows of the providers. */
  readonly consoleUrl: string;
  /** PEM of the authority that gateways' host certificates are signed by. */
  readonly authority: string;
  readonly providers: readonly {
    readonly name: string;
    readonly address: string;
    readonly hostUri: string;
  }[];
}

/** A chain and its providers, running in this process. */
export interface AkashDevnet {
  readonly addresses: AkashAddresses;
  readonly chain: Chain;
  readonly faults: Faults;
  /** An account with coins, for tests and other people's tools. */
  readonly tenant: WalletKey;
  /** Adds coins to an account. */
  fund(address: string, coins: { uakt: bigint; uact: bigint }): Promise<Outcome>;
  /** Overdraws the escrow of a deployment that has a lease: it ends with reason 20000. */
  exhaustEscrow(id: DeploymentId): Promise<Outcome>;
  /** Ends the leases of a deployment as its providers would, with a reason of theirs. */
  closeLeases(id: DeploymentId, reason: LeaseClosedReason): Promise<Outcome[]>;
  stop(): Promise<void>;
}

export async function startAkashDevnet(init: AkashDevnetInit): Promise<AkashDevnet> {
  const { directory, clock, ports, profiles = PROVIDERS } = init;
  if (init.isKept) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const store = new Store(init.isKept ? join(directory, 'akash.sqlite') : ':memory:');
  const faults = new Faults();
  const secret = secretOf(store);
  const tenant = await deriveWalletKey(secret, 'tenant');
  const running = await startChain({
    ...{ store, chainId: init.chainId, clock, faults, blockTimeMs: init.blockTimeMs, ports },
    genesis: ({ bank }) => {
      bank.mint(tenant.address, { denom: UAKT, amount: TENANT_UAKT });
      bank.mint(tenant.address, { denom: UACT, amount: TENANT_UACT });
    },
  });
  const { chain } = running;
  const authority = await authorityOf(store, clock());
  const providers: RunningProvider[] = [];
  for (const [index, profile] of profiles.entries())
    providers.push(
      await startProvider({
        ...{ profile, key: await deriveKey(secret, profile.name), chain, store, clock, faults },
        ...{ times: init.times, images: init.images, directory: join(directory, 'workloads') },
        ...{ authority, auditor: AUDITOR },
        wantedPort: ports.gateways === 0 ? 0 : ports.gateways + index,
      }),
    );
  chain.makeBlock();
  const byAddress = new Map(providers.map(({ address, profile }) => [address, profile]));
  const console = consoleApi(chain.state, byAddress);
  const consolePort = await listen(console, ports.console);
  const { rpcUrl, restUrl, grpcUrl } = running;
  return {
    ...{ chain, faults, tenant },
    addresses: {
      ...{ chainId: init.chainId, rpcUrl, restUrl, grpcUrl, authority: authority.cert },
      consoleUrl: `http://${LOOPBACK}:${String(consolePort)}`,
      providers: providers.map(({ address, hostUri, profile }) => ({
        ...{ name: profile.name, address, hostUri },
      })),
    },
    fund: async (address, { uakt, uact }) =>
      chain.intervene(({ bank }) => {
        if (uakt > 0n) bank.mint(address, { denom: UAKT, amount: uakt });
        if (uact > 0n) bank.mint(address, { denom: UACT, amount: uact });
      }),
    exhaustEscrow: async (id) =>
      chain.intervene(({ escrow }) => {
        escrow.exhaust({ scope: 'deployment', xid: deploymentXid(id) });
      }),
    closeLeases: async (id, reason) =>
      Promise.all(providers.flatMap(({ closeLeases }) => closeLeases(id, reason))),
    stop: async () => {
      await endServer(console);
      await Promise.all(providers.map(async ({ stop }) => stop()));
      await running.stop();
      store.close();
    },
  };
}

// Keys of accounts follow from it, so that they stay the same over restarts.
function secretOf(store: Store): string {
  const table = store.table('secret', textFormat);
  const secret = table.get('') ?? secureRandom(32).toString('hex');
  table.set('', secret);
  return secret;
}

async function authorityOf(store: Store, now: number): Promise<CertificatePair> {
  const table = store.table<CertificatePair>('authority', recordFormat());
  const pair = table.get('') ?? (await authorityCertificate(now));
  table.set('', pair);
  return pair;
}
