import { exporter } from 'ipfs-unixfs-exporter';
import { create, type KuboRPCClient } from 'kubo-rpc-client';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';
import { BaseError, Fallbacks, refuseCutOff, wayTo } from '@371os/kernel';
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
  /** Other nodes, asked while that one does not answer. */
  readonly fallbackUrls?: readonly string[] | undefined;
  /** Value of the header Authorization; it goes to no other node. */
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
  readonly nodes: Fallbacks;
  readonly #init: KuboContentStoreInit;
  readonly #clients = new Map<string, KuboRPCClient>();

  constructor(init: KuboContentStoreInit) {
    this.#init = init;
    this.nodes = new Fallbacks({ addresses: [init.url, ...(init.fallbackUrls ?? [])] });
  }

  async add(bytes: Uint8Array): Promise<string> {
    // Up to here a file is one block, whose hash anybody can reckon.
    if (bytes.length > MOST_CONTENT_BYTES)
      throw new ContentTooLargeError({ place: 'What is to be kept', maxBytes: MOST_CONTENT_BYTES });
    const expected = CID.createV1(raw.code, await sha256.digest(bytes)).toString();
    const found = await this.nodes.ask((url) => this.#addAt(url, bytes, expected), isOutage);
    if (found !== expected) throw new ContentMismatchError({ cid: expected, found });
    return expected;
  }

  // Any of them may have been asked to keep it.
  async unpin(cid: string): Promise<void> {
    const { addresses } = this.nodes;
    const unpinned = await Promise.allSettled(addresses.map((url) => this.#unpinAt(url, cid)));
    const failure = unpinned.find((one) => one.status === 'rejected');
    if (unpinned.every(({ status }) => status === 'rejected')) throw failure?.reason;
  }

  async read(cid: string, { maxBytes, timeoutMs }: ReadLimits): Promise<Uint8Array> {
    const blocks = new VerifiedBlocks({
      cid,
      maxBytes,
      fetchBlock: (block, signal) => this.#block(block, signal, timeoutMs),
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

  async #addAt(url: string, bytes: Uint8Array, cid: string): Promise<string> {
    const signal = AbortSignal.timeout(this.#init.timeoutMs);
    const options = { cidVersion: 1, rawLeaves: true, pin: true, signal } as const;
    refuseOutside(url, cid);
    try {
      return (await (await this.#clientAt(url)).add(bytes, options)).cid.toString();
    } catch (error) {
      refuseOutside(url, cid);
      throw unreachable(cid, error);
    }
  }

  async #unpinAt(url: string, cid: string): Promise<void> {
    const signal = AbortSignal.timeout(this.#init.timeoutMs);
    refuseOutside(url, cid);
    try {
      await (await this.#clientAt(url)).pin.rm(CID.parse(cid), { signal });
    } catch (error) {
      refuseOutside(url, cid);
      if (!/not pinned/i.test(String(error))) throw unreachable(cid, error);
    }
  }

  async #clientAt(address: string): Promise<KuboRPCClient> {
    const url = await wayTo(address);
    let client = this.#clients.get(url);
    if (!client) {
      client = create({ url, headers: { ...this.#headersFor(address) } });
      this.#clients.set(url, client);
    }
    return client;
  }

  #headersFor(url: string): Readonly<Record<string, string>> {
    const { url: first, authorization } = this.#init;
    return authorization === undefined || url !== first ? {} : { authorization };
  }

  // A node that looks for what it does not have may not use up the time of the others.
  async #block(cid: CID, signal: AbortSignal, timeoutMs: number): Promise<Uint8Array> {
    const shareMs = Math.ceil(timeoutMs / this.nodes.addresses.length);
    return this.nodes.ask(
      (url) => this.#blockAt(url, cid, AbortSignal.any([signal, AbortSignal.timeout(shareMs)])),
      (error) => isOutage(error) && !signal.aborted,
    );
  }

  // The client would take in a block whole, however long the server makes it.
  async #blockAt(from: string, cid: CID, signal: AbortSignal): Promise<Uint8Array> {
    refuseOutside(from, cid.toString());
    const url = new URL('/api/v0/block/get', await wayTo(from));
    url.searchParams.set('arg', cid.toString());
    const place = placeOf(cid.toString());
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: this.#headersFor(from),
        signal,
      });
      if (!response.ok || !response.body) throw unreachable(cid.toString(), response.status);
      const bytes = await readBounded(response.body, MOST_BLOCK_BYTES);
      if (bytes) return bytes;
    } catch (error) {
      if (BaseError.isInstance(error)) throw error;
      refuseOutside(from, cid.toString());
      throw unreachable(cid.toString(), error);
    }
    throw new ContentTooLargeError({ place, maxBytes: MOST_BLOCK_BYTES });
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

function isOutage(error: unknown): boolean {
  return error instanceof ContentUnreachableError;
}

// To whoever reads it is a node that does not answer, so another one is asked; what can wait sees why.
function refuseOutside(url: string, cid: string): void {
  try {
    refuseCutOff(url, 'IPFS');
  } catch (cause) {
    throw unreachable(cid, cause);
  }
}

function placeOf(cid: string): string {
  return `ipfs://${cid}`;
}

function unreachable(cid: string, cause: unknown): ContentUnreachableError {
  return new ContentUnreachableError({ place: placeOf(cid), cause });
}
