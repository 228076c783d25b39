import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { getAddress } from 'ethers';
import { PUBLIC_REGISTRIES } from '@371os/contracts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('ABI and bytecode', () => {
  it('are what the sources give', async () => {
    const args = ['--conditions=@371os/source', 'scripts/main.js', 'contracts', '--check'];
    const check = promisify(execFile)(process.execPath, args, { cwd: ROOT });
    await expect(check).resolves.toEqual({ stdout: '', stderr: '' });
  }, 60_000);
});

describe('the public deployments', () => {
  it('are addresses without a slip of the pen', () => {
    const all = Object.values(PUBLIC_REGISTRIES).flatMap((one) => Object.values(one) as string[]);
    expect(all.map((address) => getAddress(address))).toEqual(all);
    expect(new Set(all).size).toBe(4);
  });
});
