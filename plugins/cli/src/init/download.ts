import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { DownloadError, WrongFileError } from '../errors.ts';
import type { GgufEntry } from './gguf-catalogue.ts';

const SILENCE_MS = 30_000;
const MOST_ATTEMPTS = 100;
const MOST_VAIN_ATTEMPTS = 4;
const PAUSE_MS = 500;
const MEGABYTE = 1_000_000;

export type OnProgress = (doneBytes: number, ofBytes: number) => void;

/**
 * Puts a model file into a folder, and goes on with what an earlier try has left there. It bears its name
 * only once it has the size and the SHA-256 of its entry; a wrong one is deleted.
 * @returns its path
 * @throws DownloadError, WrongFileError
 */
export async function download(
  entry: GgufEntry,
  folder: string,
  onProgress: OnProgress,
): Promise<string> {
  const path = join(folder, entry.file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (sizeOf(path) === entry.sizeBytes && (await sha256Of(path)) === entry.sha256) return path;
  // What belongs to another version of the file is not gone on with.
  const part = `${path}.${entry.sha256.slice(0, 8)}.part`;
  refuseFullDisk(entry, folder, sizeOf(part));
  await fetchWhole(entry, part, onProgress);
  if (sizeOf(part) !== entry.sizeBytes || (await sha256Of(part)) !== entry.sha256) {
    rmSync(part, { force: true });
    throw new WrongFileError(entry);
  }
  await flush(part);
  renameSync(part, path);
  return path;
}

async function fetchWhole(entry: GgufEntry, part: string, onProgress: OnProgress): Promise<void> {
  let vain = 0;
  let problem = '';
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const before = sizeOf(part);
    if (before >= entry.sizeBytes) return;
    try {
      problem = (await fetchRest(entry, part, onProgress)) ?? problem;
    } catch (error) {
      if (error instanceof DownloadError) throw error;
      problem = problemOf(error);
    }
    if (sizeOf(part) >= entry.sizeBytes) return;
    vain = sizeOf(part) > before ? 0 : vain + 1;
    if (vain >= MOST_VAIN_ATTEMPTS) break;
    await pause(PAUSE_MS * 2 ** vain);
  }
  throw new DownloadError({ ...entry, problem: problem || 'it breaks off again and again' });
}

/**
 * One request for what is not there yet.
 * @returns why the server gives nothing, for now
 * @throws DownloadError when it never will, and what breaks the connection
 */
async function fetchRest(
  entry: GgufEntry,
  part: string,
  onProgress: OnProgress,
): Promise<string | undefined> {
  const have = sizeOf(part);
  const silence = new AbortController();
  const timer = setTimeout(() => {
    silence.abort();
  }, SILENCE_MS);
  try {
    const response = await fetch(entry.url, {
      // Bytes of a compressed answer could not be counted on from.
      headers: { 'Accept-Encoding': 'identity', ...(have > 0 ? { Range: `bytes=${have}-` } : {}) },
      signal: silence.signal,
    });
    const from = beginningOf(response, have);
    if (from === undefined) return await giveUp(entry, response, part);
    let done = from;
    const count = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        timer.refresh();
        done += chunk.length;
        yield chunk;
        onProgress(Math.min(done, entry.sizeBytes), entry.sizeBytes);
        // Enough to know that it is the wrong one.
        if (done > entry.sizeBytes) return;
      }
    };
    const flags = from === 0 ? 'w' : 'a';
    const body = Readable.fromWeb(response.body ?? new ReadableStream());
    await pipeline(body, count, createWriteStream(part, { flags, mode: 0o600 }));
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** At which byte an answer begins; undefined when it is none that can be used. */
function beginningOf({ status, headers }: Response, have: number): number | undefined {
  if (status === 200) return 0;
  const isRest = headers.get('content-range')?.startsWith(`bytes ${have}-`) ?? false;
  return status === 206 && isRest ? have : undefined;
}

async function giveUp(entry: GgufEntry, response: Response, part: string): Promise<string> {
  await response.body?.cancel();
  const { status } = response;
  const problem = `the server answers with HTTP ${status}`;
  // What is there is of no use to this server: it begins anew.
  if (status === 416 || status === 206) rmSync(part, { force: true });
  else if (status < 500 && status !== 408 && status !== 429)
    throw new DownloadError({ ...entry, problem });
  return problem;
}

function refuseFullDisk(entry: GgufEntry, folder: string, haveBytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const needed = entry.sizeBytes - haveBytes;
  if (bavail * bsize > needed) return;
  const problem = `${Math.ceil(needed / MEGABYTE)} MB are needed in ${folder}, and ${Math.floor((bavail * bsize) / MEGABYTE)} MB are free`;
  throw new DownloadError({ ...entry, problem });
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function problemOf(error: unknown): string {
  const { name, code, cause } = error as NodeJS.ErrnoException & { cause?: unknown };
  if (name === 'AbortError') return 'the server is silent';
  const reason = code ?? (cause as NodeJS.ErrnoException | undefined)?.code;
  return reason === 'ENOSPC' ? 'the disk is full' : `the connection fails (${reason ?? name})`;
}
