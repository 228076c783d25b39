import { exporter } from 'ipfs-unixfs-exporter';
import { create, type KuboRPCClient } from 'kubo-rpc-client';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';
import { BaseError } from '@371os/kernel';
import {
  ContentMismatchError,
  ContentTooLargeError,
  ContentUnreachableError,
  InvalidContentError,
} from '../../content-errors.ts';
import { MOST_CONTENT_BYTES } from '../../domain/content-uri.ts';
import type { ContentStore, ReadLimits } from '../../ports/content-store.ts';
import { readBounded } from './read-bounded.ts';

export interface KuboContentStoreInit {
  /** Where a node speaks Kubo's RPC, such as http://127.0.0.1:5001. */
  readonly url: string;
  /** Value of the header Authorization. */
  readonly authorization?: string | undefined;
  /** How long adding and pinning may take. */
  readonly timeoutMs: number;
}

// Nodes exchange no larger blocks.
const MOST_BLOCK_BYTES = 2 * 1024 * 1024;
const MOST_BLOCKS = 256;
const SHA2_256 = 0x12;

/** IPFS through Kubo's RPC. The server is not believed: what it names or sends is hashed here. */
export class KuboContentStore implements ContentStore {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #client: KuboRPCClient;

  constructor({ url, authorization, timeoutMs }: KuboContentStoreInit) {
    this.#url = new URL(url);
    this.#headers = authorization === undefined ? {} : { authorization };
    this.#timeoutMs = timeoutMs;
    this.#client = create({ url, headers: { ...this.#headers } });
  }

  async add(bytes: Uint8Array): Promise<string> {
    // Up to here a file is one block, whose hash anybody can reckon.
    if (bytes.length > MOST_CONTENT_BYTES)
      throw new ContentTooLargeError({ place: 'What is to be kept', maxBytes: MOST_CONTENT_BYTES });
    const expected = CID.createV1(raw.code, await sha256.digest(bytes)).toString();
    const signal = AbortSignal.timeout(this.#timeoutMs);
    const options = { cidVersion: 1, rawLeaves: true, pin: true, signal } as const;
    const { cid } = await this.#asked(expected, this.#client.add(bytes, options));
    const found = cid.toString();
    if (found !== expected) throw new ContentMismatchError({ cid: expected, found });
    return expected;
  }

  async unpin(cid: string): Promise<void> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    try {
      await this.#client.pin.rm(CID.parse(cid), { signal });
    } catch (error) {
      if (!/not pinned/i.test(String(error))) throw unreachable(cid, error);
    }
  }

  async read(cid: string, { maxBytes, timeoutMs }: ReadLimits): Promise<Uint8Array> {
    const blocks = new VerifiedBlocks({
      cid,
      maxBytes,
      fetchBlock: (block, signal) => this.#block(block, signal),
    });
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      return await readFile(parseCid(cid), blocks, { maxBytes, signal });
    } catch (error) {
      if (BaseError.isInstance(error)) throw error;
      if (signal.aborted) throw unreachable(cid, error);
      throw new InvalidContentError({
        place: placeOf(cid),
        problem: 'it is no file',
        cause: error,
      });
    }
  }

  // The client would take in a block whole, however long the server makes it.
  async #block(cid: CID, signal: AbortSignal): Promise<Uint8Array> {
    const url = new URL('/api/v0/block/get', this.#url);
    url.searchParams.set('arg', cid.toString());
    const place = placeOf(cid.toString());
    try {
      const response = await fetch(url, { method: 'POST', headers: this.#headers, signal });
      if (!response.ok || !response.body) throw unreachable(cid.toString(), response.status);
      const bytes = await readBounded(response.body, MOST_BLOCK_BYTES);
      if (bytes) return bytes;
    } catch (error) {
      throw BaseError.isInstance(error) ? error : unreachable(cid.toString(), error);
    }
    throw new ContentTooLargeError({ place, maxBytes: MOST_BLOCK_BYTES });
  }

  async #asked<Result>(cid: string, work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      throw unreachable(cid, error);
    }
  }
}

interface VerifiedBlocksInit {
  /** Of the whole file. */
  readonly cid: string;
  readonly maxBytes: number;
  readonly fetchBlock: (cid: CID, signal: AbortSignal) => Promise<Uint8Array>;
}

/** Blocks of one file: each is what its hash says, and there are not too many of them. */
class VerifiedBlocks {
  readonly #init: VerifiedBlocksInit;
  #blocks = 0;

  constructor(init: VerifiedBlocksInit) {
    this.#init = init;
  }

  async *get(cid: CID, { signal }: { signal?: AbortSignal } = {}): AsyncGenerator<Uint8Array> {
    const { fetchBlock, cid: whole, maxBytes } = this.#init;
    this.#blocks += 1;
    // Nodes without content would be read for ever.
    if (this.#blocks > MOST_BLOCKS)
      throw new ContentTooLargeError({ place: placeOf(whole), maxBytes });
    const bytes = await fetchBlock(cid, signal ?? AbortSignal.timeout(0));
    const digest = await sha256.digest(bytes);
    if (Buffer.compare(digest.bytes, cid.multihash.bytes) !== 0)
      throw new ContentMismatchError({
        cid: cid.toString(),
        found: CID.createV1(cid.code, digest).toString(),
      });
    yield bytes;
  }
}

async function readFile(
  cid: CID,
  blocks: VerifiedBlocks,
  { maxBytes, signal }: { maxBytes: number; signal: AbortSignal },
): Promise<Uint8Array> {
  const place = placeOf(cid.toString());
  const entry = await exporter(cid, blocks, { signal });
  if (entry.type !== 'file' && entry.type !== 'raw')
    throw new InvalidContentError({ place, problem: 'it is no file' });
  const bytes =
    entry.size <= BigInt(maxBytes)
      ? await readBounded(entry.content({ signal }), maxBytes)
      : undefined;
  if (!bytes) throw new ContentTooLargeError({ place, maxBytes });
  return bytes;
}

function parseCid(text: string): CID {
  let cid: CID;
  try {
    cid = CID.parse(text);
  } catch (cause) {
    throw new InvalidContentError({ place: text, problem: 'it is no CID', cause });
  }
  if (cid.multihash.code === SHA2_256) return cid;
  throw new InvalidContentError({ place: placeOf(text), problem: 'its hash is not SHA2-256' });
}

function placeOf(cid: string): string {
  return `ipfs://${cid}`;
}

function unreachable(cid: string, cause: unknown): ContentUnreachableError {
  return new ContentUnreachableError({ place: placeOf(cid), cause });
}
