import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startIpfsDevnet, type IpfsDevnet, type IpfsLimits } from '@371os/devnet';

/** An IPFS node in this process, on ports that are free. */
export interface TestIpfs extends IpfsDevnet {
  readonly directory: string;
  /** Ends it and forgets what it kept. */
  stop(): Promise<void>;
  /** Ends it; another one can start on its directory. */
  pause(): Promise<void>;
}

/** @param directory of one that was paused; a new one by default */
export async function startTestIpfs(
  limits: Partial<IpfsLimits> = {},
  directory = mkdtempSync(join(tmpdir(), '371os-ipfs-')),
  wantedPort = 0,
): Promise<TestIpfs> {
  const ports = { api: wantedPort, gateway: 0 };
  const ipfs = await startIpfsDevnet({ directory, limits, ports });
  return {
    ...{ ...ipfs, directory, pause: ipfs.stop },
    stop: async () => {
      await ipfs.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
