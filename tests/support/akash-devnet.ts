import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAkashDevnet, type AkashDevnet, type KnownImages } from '@371os/devnet';

const CHAIN_ID = 'devnet-371';

/** A chain with its providers in this process, and what an agent must be told to deploy on it. */
export interface TestDevnet {
  readonly devnet: AkashDevnet;
  /** Of what it keeps; a test may put things there that go with it. */
  readonly directory: string;
  readonly settings: Record<string, string>;
  stop(): Promise<void>;
}

/**
 * @param blockTimeMs between two blocks
 * @param images what is more than a stand-in there
 */
export async function startTestDevnet(
  blockTimeMs: number,
  images: KnownImages = {},
): Promise<TestDevnet> {
  const directory = mkdtempSync(join(tmpdir(), '371os-akash-'));
  const devnet = await startAkashDevnet({
    ...{ directory, blockTimeMs, isKept: false, chainId: CHAIN_ID, clock: Date.now, images },
    ports: { rpc: 0, rest: 0, grpc: 0, console: 0, gateways: 0 },
    times: { bidLifetimeMs: 60_000, manifestTimeoutMs: 60_000 },
  });
  return {
    ...{ devnet, directory },
    settings: {
      AKASH_RPC_URL: devnet.addresses.rpcUrl,
      AKASH_CHAIN_ID: CHAIN_ID,
      AKASH_CONSOLE_URL: devnet.addresses.consoleUrl,
      AKASH_KEY: devnet.tenant.privateKey,
      AKASH_POLL_MS: '50',
      AKASH_MORE_BIDS_MS: '500',
    },
    stop: async () => {
      await devnet.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
