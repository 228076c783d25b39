import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startIpfsDevnet, type IpfsDevnet, type IpfsLimits } from '@371os/devnet';

/** An IPFS node in this process, on ports that are free. */
export interface TestIpfs extends IpfsDevnet {
  /** Of what it keeps; it goes when the node stops. */
  readonly directory: string;
}

export async function startTestIpfs(limits: Partial<IpfsLimits> = {}): Promise<TestIpfs> {
  const directory = mkdtempSync(join(tmpdir(), '371os-ipfs-'));
  const ipfs = await startIpfsDevnet({ directory, limits, ports: { api: 0, gateway: 0 } });
  return {
    ...{ ...ipfs, directory },
    stop: async () => {
      await ipfs.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
