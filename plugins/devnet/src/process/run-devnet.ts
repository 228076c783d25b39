import { join, resolve } from 'node:path';
import { secureRandom, uuidSource } from '@371os/kernel';
import { endServer, listen, LOOPBACK } from '../akash/loopback-server.ts';
import type { KnownImages } from '../akash/provider/images.ts';
import { DirectoryInUseError } from '../errors.ts';
import type { DevnetSettings } from '../settings.ts';
import { controlServer } from './control-server.ts';
import {
  findDevnet,
  isPublished,
  publishInfo,
  withdrawInfo,
  writePrivately,
  type DevnetInfo,
} from './devnet-info.ts';
import { lockDirectory } from './directory-lock.ts';
import { startNetworks, stopNetworks, type Networks } from './networks.ts';

const LOOK_MS = 2_000;

export interface RunDevnetInit {
  readonly settings: DevnetSettings;
  /** What deployments of these images run, besides the stand-in for all others. */
  readonly images: KnownImages;
}

/** A devnet in this process, or the one that another process runs on the directory already. */
export interface DevnetRun {
  readonly info: DevnetInfo;
  /** Missing for one that runs elsewhere. */
  readonly own?: {
    /** Resolves when somebody asks for the end over the control endpoint or deletes the directory. */
    readonly stopRequested: Promise<void>;
    stop(): Promise<void>;
  };
}

/** @throws DirectoryInUseError when another process has the directory and does not answer */
export async function runDevnet({ settings, images }: RunDevnetInit): Promise<DevnetRun> {
  const directory = resolve(settings.DEVNET_DIR);
  const unlock = lockDirectory(directory);
  if (!unlock) {
    const info = await findDevnet(directory);
    if (!info) throw new DirectoryInUseError({ directory });
    return { info };
  }
  const networks = await startNetworks(settings, directory, images);
  const stopped = Promise.withResolvers<undefined>();
  const [instance, token] = [uuidSource(), secureRandom(32).toString('base64url')];
  const control = controlServer({
    ...{ networks, instance, token },
    onStop: () => {
      stopped.resolve(undefined);
    },
  });
  const port = await listen(control, settings.DEVNET_CONTROL_PORT);
  const controlUrl = `http://${LOOPBACK}:${String(port)}`;
  const info = writeFiles({ instance, directory, controlUrl }, token, networks);
  // Nobody can find or stop one whose directory was deleted.
  const looking = setInterval(() => {
    if (!isPublished(info)) stopped.resolve(undefined);
  }, LOOK_MS).unref();
  return {
    info,
    own: {
      stopRequested: stopped.promise,
      stop: async () => {
        clearInterval(looking);
        withdrawInfo(directory);
        await endServer(control);
        await stopNetworks(networks);
        unlock();
      },
    },
  };
}

// What others need to use the devnet; last of all the file that they find it by.
function writeFiles(
  place: Pick<DevnetInfo, 'instance' | 'directory' | 'controlUrl'>,
  token: string,
  { akash: { addresses, tenant }, evm, ipfs }: Networks,
): DevnetInfo {
  const file = (name: string): string => join(place.directory, name);
  const [tokenFile, tenantKeyFile] = [file('control-token'), file('akash-tenant.json')];
  const authorityFile = file('akash-ca.pem');
  writePrivately(tokenFile, token);
  writePrivately(tenantKeyFile, JSON.stringify(tenant, null, 2));
  writePrivately(authorityFile, addresses.authority.trim());
  const info: DevnetInfo = {
    ...{ ...place, pid: process.pid, tokenFile },
    akash: {
      ...{ ...addresses, authorityFile, tenantKeyFile, tenant: tenant.address },
      providers: [...addresses.providers],
    },
    evm: { ...evm.addresses, address: evm.account.address, keyFile: evm.keyFile },
    ipfs: { apiUrl: ipfs.apiUrl, gatewayUrl: ipfs.gatewayUrl, peerId: ipfs.peerId },
  };
  publishInfo(info);
  return info;
}
