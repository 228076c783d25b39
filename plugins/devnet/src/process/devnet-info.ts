import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const HEALTH_TIMEOUT_MS = 2000;

const infoSchema = z.object({
  /** Of this start of the devnet: tells it from another program on the same port. */
  instance: z.string(),
  pid: z.number().int(),
  directory: z.string(),
  /** Where faults are switched, with the token of `tokenFile`. */
  controlUrl: z.url(),
  tokenFile: z.string(),
  akash: z.object({
    chainId: z.string(),
    rpcUrl: z.url(),
    restUrl: z.url(),
    grpcUrl: z.url(),
    consoleUrl: z.url(),
    /** PEM of the authority that gateways' certificates are signed by, and the file with it. */
    authority: z.string(),
    authorityFile: z.string(),
    /** Address, private key and mnemonic of an account with coins, as JSON. */
    tenantKeyFile: z.string(),
    tenant: z.string(),
    providers: z.array(z.object({ name: z.string(), address: z.string(), hostUri: z.url() })),
  }),
  evm: z.object({
    chainId: z.number().int(),
    rpcUrl: z.url(),
    /** Addresses of the contracts of ERC-8004. */
    identityRegistry: z.string(),
    reputationRegistry: z.string(),
    /** An account with coins, and the JSON file with its address and private key. */
    address: z.string(),
    keyFile: z.string(),
  }),
  ipfs: z.object({
    /** Where Kubo's RPC is; its commands are below /api/v0. */
    apiUrl: z.url(),
    /** Where content can be read: `GET /ipfs/CID`. */
    gatewayUrl: z.url(),
    peerId: z.string(),
  }),
});

/** Where everything of a running devnet is. */
export type DevnetInfo = z.output<typeof infoSchema>;

/** Lets other processes find the devnet of a directory. */
export function publishInfo(info: DevnetInfo): void {
  writePrivately(fileOf(info.directory), JSON.stringify(info, null, 2));
}

export function withdrawInfo(directory: string): void {
  rmSync(fileOf(directory), { force: true });
}

/** Whether others can still find it. */
export function isPublished({ directory, instance }: DevnetInfo): boolean {
  return readInfo(directory)?.instance === instance;
}

/** The devnet that runs on a directory and answers, if there is one. */
export async function findDevnet(directory: string): Promise<DevnetInfo | undefined> {
  const info = readInfo(directory);
  return info && (await isAlive(info)) ? info : undefined;
}

/** A file that only its owner can read, whole or not at all. */
export function writePrivately(path: string, content: string | Uint8Array): void {
  const draft = `${path}.${String(process.pid)}`;
  writeFileSync(draft, typeof content === 'string' ? `${content}\n` : content, { mode: 0o600 });
  renameSync(draft, path);
}

function readInfo(directory: string): DevnetInfo | undefined {
  try {
    return infoSchema.parse(JSON.parse(readFileSync(fileOf(directory), 'utf8')));
  } catch {
    // None runs, or one is starting: whoever asks will ask again.
    return undefined;
  }
}

async function isAlive({ controlUrl, instance }: DevnetInfo): Promise<boolean> {
  try {
    const response = await fetch(`${controlUrl}/health`, {
      signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS),
    });
    return ((await response.json()) as { instance?: unknown }).instance === instance;
  } catch {
    return false;
  }
}

function fileOf(directory: string): string {
  return join(directory, 'devnet.json');
}
