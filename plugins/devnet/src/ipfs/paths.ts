import {
  exporter,
  walkPath,
  type RawNode,
  type UnixFSEntry,
  type UnixFSFile,
} from 'ipfs-unixfs-exporter';
import * as dagPb from '@ipld/dag-pb';
import { CID } from 'multiformats/cid';
import type { Blocks } from './blocks.ts';
import { valueOf } from './codecs.ts';
import { KuboError } from './kubo-error.ts';

/** Where a path leads: a block, and the way into its value that is left. */
export interface Resolved {
  readonly cid: CID;
  readonly rest: readonly string[];
}

/** A file of UnixFS, or a raw block, which is read as one. */
export type ReadableFile = UnixFSFile | RawNode;

// As much of a file as the exporter may read ahead of a slow reader.
const WINDOW_BYTES = 2 * 1024 * 1024;
// Blocks that it reads at the same time.
const BLOCKS_AT_ONCE = 4;

/** @throws KuboError */
export function parseCid(text: string): CID {
  try {
    return CID.parse(text);
  } catch {
    throw KuboError.badRequest(`invalid path "${text}": invalid cid`);
  }
}

/** Follows `/ipfs/CID/a/b`, `CID/a/b` or `CID`. @throws KuboError */
export async function resolvePath(blocks: Blocks, path: string): Promise<Resolved> {
  const [root = '', ...segments] = path.replace(/^\/(ipfs|ipld)\//, '').split('/');
  if (path.startsWith('/ipns/'))
    throw KuboError.badRequest('names of /ipns/ cannot be resolved here');
  let resolved: Resolved = { cid: parseCid(root), rest: segments.filter(Boolean) };
  while (resolved.rest.length > 0) {
    const next = await step(blocks, resolved);
    if (next.cid.equals(resolved.cid)) break;
    resolved = next;
  }
  return resolved;
}

/** What a path of UnixFS leads to. @throws KuboError */
export async function entryAt(blocks: Blocks, path: string): Promise<UnixFSEntry> {
  const { cid, rest } = await resolvePath(blocks, path);
  if (rest.length > 0) throw noLink(cid, rest[0]);
  return entryOf(blocks, cid);
}

export async function entryOf(blocks: Blocks, cid: CID): Promise<UnixFSEntry> {
  await blocks.read(cid);
  try {
    return await exporter(cid, blocks);
  } catch (error) {
    throw new KuboError({
      problem: `${String(cid)} is no file or directory: ${(error as Error).message}`,
    });
  }
}

/** @throws KuboError for what is no file */
export function asFile(entry: UnixFSEntry): ReadableFile {
  if (entry.type === 'file' || entry.type === 'raw') return entry;
  if (entry.type === 'directory') throw new KuboError({ problem: 'this dag node is a directory' });
  throw new KuboError({ problem: `${String(entry.cid)} is no file` });
}

/** The bytes of a file from `start` to before `end`, however slowly they are taken. */
export async function* contentOf(
  file: ReadableFile,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  for (let offset = start; offset < end; offset += WINDOW_BYTES)
    yield* file.content({
      ...{ offset, length: Math.min(WINDOW_BYTES, end - offset) },
      blockReadConcurrency: BLOCKS_AT_ONCE,
    });
}

async function step(blocks: Blocks, { cid, rest }: Resolved): Promise<Resolved> {
  const [name = '', ...later] = rest;
  if (cid.code !== dagPb.code) return stepIntoValue(cid, await blocks.read(cid), rest);
  const entry = await entryOf(blocks, cid);
  if (entry.type !== 'directory') throw noLink(cid, name);
  try {
    const found = await Array.fromAsync(walkPath(`${String(cid)}/${name}`, blocks));
    return { cid: found.at(-1)?.cid ?? cid, rest: later };
  } catch {
    throw noLink(cid, name);
  }
}

function stepIntoValue(cid: CID, bytes: Uint8Array, rest: readonly string[]): Resolved {
  let value = valueOf(cid, bytes);
  for (const [index, name] of rest.entries()) {
    if (!isRecord(value) || !Object.hasOwn(value, name)) throw noLink(cid, name);
    value = value[name];
    const link = CID.asCID(value);
    if (link) return { cid: link, rest: rest.slice(index + 1) };
  }
  return { cid, rest };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
}

function noLink(cid: CID, name = ''): KuboError {
  return new KuboError({ problem: `no link named "${name}" under ${String(cid)}` });
}
