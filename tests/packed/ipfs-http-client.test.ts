import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { KuboRPCClient } from 'kubo-rpc-client';
import { exerciseClient, expectedOf } from '../devnet/ipfs-client.ts';
import { startTestIpfs, type TestIpfs } from '../support/ipfs-devnet.ts';

const FIXTURE = fileURLToPath(new URL('./ipfs-http-client', import.meta.url));
const INSTALL_TIMEOUT_MS = 300_000;
const MODULE = 'node_modules/ipfs-http-client/src/index.js';

// The client that many programs still use is deprecated and gets no fixes, so it is not among our
// dependencies: it is installed in a project of its own.
let project: string;
let ipfs: TestIpfs;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), '371os-ipfs-client-'));
  await cp(FIXTURE, project, { recursive: true });
  await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--omit=peer', '--no-audit'], {
    cwd: project,
    timeout: INSTALL_TIMEOUT_MS,
  });
  ipfs = await startTestIpfs();
});

afterAll(async () => {
  await ipfs.stop();
  await rm(project, { recursive: true, force: true });
});

it('serves an unmodified ipfs-http-client', async () => {
  const { create } = (await import(join(project, MODULE))) as {
    create: (options: { url: string }) => KuboRPCClient;
  };
  expect(await exerciseClient(create({ url: ipfs.apiUrl }))).toEqual(expectedOf(ipfs.peerId));
});
