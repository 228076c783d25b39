import { join } from 'node:path';
import { systemClock } from '@371os/kernel';
import { startAkashDevnet, type AkashDevnet } from '../akash/akash-devnet.ts';
import type { KnownImages } from '../akash/provider/images.ts';
import { endLeftAnvil, startEvmDevnet, type EvmDevnet } from '../evm/evm-devnet.ts';
import { startIpfsDevnet, type IpfsDevnet } from '../ipfs/ipfs-devnet.ts';
import { DirectoryInUseError } from '../errors.ts';
import type { DevnetSettings } from '../settings.ts';
import { lockDirectory } from './directory-lock.ts';

const AKASH_CHAIN_ID = '371os-devnet';
const MEBIBYTE = 1024 * 1024;

/** What runs in a devnet, or beside it. */
export interface Networks {
  readonly akash: AkashDevnet;
  readonly evm: EvmDevnet;
  readonly ipfs: IpfsDevnet;
}

export async function startNetworks(
  settings: DevnetSettings,
  directory: string,
  images: KnownImages,
): Promise<Networks> {
  const ipfs = await startIpfsDevnet({
    directory: join(directory, 'ipfs'),
    ports: { api: settings.DEVNET_IPFS_API_PORT, gateway: settings.DEVNET_IPFS_GATEWAY_PORT },
    limits: { totalBytes: settings.DEVNET_IPFS_MEBIBYTES * MEBIBYTE },
  });
  const akash = await startAkash(settings, directory, images);
  // Last, since it would go on when another one did not start.
  const evm = await startEvmDevnet({
    ...{ directory: evmDirectory(directory), isKept: true, port: settings.DEVNET_EVM_PORT },
    blockTimeMs: settings.DEVNET_BLOCK_MS,
  });
  return { akash, evm, ipfs };
}

export async function stopNetworks({ akash, evm, ipfs }: Networks): Promise<void> {
  await Promise.all([akash.stop(), evm.stop(), ipfs.stop()]);
}

/**
 * Ends what a devnet that was killed has left running; false when there is nothing.
 * @throws DirectoryInUseError when a devnet has the directory that is starting, or does not answer
 */
export async function endLeftovers(directory: string): Promise<boolean> {
  const unlock = lockDirectory(directory);
  if (!unlock) throw new DirectoryInUseError({ directory });
  try {
    return await endLeftAnvil(evmDirectory(directory));
  } finally {
    unlock();
  }
}

function evmDirectory(directory: string): string {
  return join(directory, 'evm');
}

async function startAkash(
  settings: DevnetSettings,
  directory: string,
  images: KnownImages,
): Promise<AkashDevnet> {
  return startAkashDevnet({
    ...{ directory: join(directory, 'akash'), isKept: true, chainId: AKASH_CHAIN_ID },
    ...{ clock: systemClock, blockTimeMs: settings.DEVNET_BLOCK_MS, images },
    ports: {
      ...{ rpc: settings.DEVNET_AKASH_RPC_PORT, rest: settings.DEVNET_AKASH_REST_PORT },
      ...{ grpc: settings.DEVNET_AKASH_GRPC_PORT, console: settings.DEVNET_AKASH_CONSOLE_PORT },
      gateways: settings.DEVNET_AKASH_GATEWAY_PORT,
    },
    times: {
      bidLifetimeMs: settings.DEVNET_BID_LIFETIME_MS,
      manifestTimeoutMs: settings.DEVNET_MANIFEST_TIMEOUT_MS,
    },
  });
}
