import { LevelBlockstore } from 'blockstore-level';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { KuboError } from './kubo-error.ts';

/**
 * Blocks on disk, by the hash of their content: two CIDs that differ in version or codec alone share
 * one. It is of the size that it is allowed to have at most, in bytes of blocks.
 */
export class Blocks {
  readonly limitBytes: number;
  readonly #level: LevelBlockstore;
  readonly #sizes = new Map<string, number>();
  #totalBytes = 0;

  private constructor(level: LevelBlockstore, limitBytes: number) {
    this.#level = level;
    this.limitBytes = limitBytes;
  }

  static async open(directory: string, limitBytes: number): Promise<Blocks> {
    const level = new LevelBlockstore(directory);
    await level.open();
    const blocks = new Blocks(level, limitBytes);
    for await (const { cid } of level.getAll())
      blocks.#count(keyOf(cid), (await readWhole(level, cid)).length);
    return blocks;
  }

  get count(): number {
    return this.#sizes.size;
  }

  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** @throws KuboError when there is no room for it */
  async put(cid: CID, bytes: Uint8Array): Promise<CID> {
    const key = keyOf(cid);
    if (!this.#sizes.has(key)) {
      this.#requireRoom(bytes.length);
      this.#count(key, bytes.length);
    }
    // Written even if it is there: another request may be about to write it, and fail.
    return this.#level.put(cid, bytes);
  }

  /** @throws KuboError when it is not there */
  async read(cid: CID): Promise<Uint8Array> {
    this.sizeOf(cid);
    return readWhole(this.#level, cid);
  }

  /** Of a block, in bytes. @throws KuboError when it is not there */
  sizeOf(cid: CID): number {
    const sizeBytes = this.#sizes.get(keyOf(cid));
    if (sizeBytes !== undefined) return sizeBytes;
    throw new KuboError({
      problem: `block was not found locally (offline): ipld: could not find ${String(cid)}`,
    });
  }

  async *get(cid: CID): AsyncGenerator<Uint8Array> {
    yield await this.read(cid);
  }

  has(cid: CID): boolean {
    return this.#sizes.has(keyOf(cid));
  }

  /** All of them, as raw blocks of CID version 1. */
  list(): CID[] {
    return [...this.#sizes.keys()].map((key) => CID.parse(key));
  }

  async delete(cid: CID): Promise<void> {
    const key = keyOf(cid);
    await this.#level.delete(cid);
    this.#totalBytes -= this.#sizes.get(key) ?? 0;
    this.#sizes.delete(key);
  }

  async close(): Promise<void> {
    await this.#level.close();
  }

  #count(key: string, sizeBytes: number): void {
    this.#sizes.set(key, sizeBytes);
    this.#totalBytes += sizeBytes;
  }

  #requireRoom(sizeBytes: number): void {
    if (this.#totalBytes + sizeBytes > this.limitBytes)
      throw new KuboError({
        problem: `the repository is full: it holds ${String(this.#totalBytes)} of at most ${String(this.limitBytes)} bytes. Unpin what is not needed and run repo gc`,
      });
  }
}

/** What CIDs of the same content have in common. */
export function keyOf(cid: CID): string {
  return CID.createV1(raw.code, cid.multihash).toString();
}

async function readWhole(level: LevelBlockstore, cid: CID): Promise<Uint8Array> {
  return Buffer.concat(await Array.fromAsync(level.get(cid)));
}
