import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { recordFormat } from '../akash/chain/codec.ts';
import { Store, type Table } from '../akash/chain/store.ts';
import { Blocks, keyOf } from './blocks.ts';
import { linksOf } from './codecs.ts';
import { Turns } from './turns.ts';

/** What keeps content from being deleted: with all that it links to, or its one block. */
export interface Pin {
  readonly type: 'recursive' | 'direct';
  readonly name?: string;
}

/** What a node keeps in its directory: blocks, and which of them are pinned. */
export class Repository {
  readonly directory: string;
  readonly blocks: Blocks;
  /** Whoever writes what it pins later joins; garbage is collected alone. */
  readonly turns = new Turns();
  readonly #store: Store;
  readonly #pins: Table<Pin>;

  private constructor(directory: string, blocks: Blocks, store: Store) {
    this.directory = directory;
    this.blocks = blocks;
    this.#store = store;
    this.#pins = store.table('pin', recordFormat<Pin>());
  }

  /** @param limitBytes of all blocks together */
  static async open(directory: string, limitBytes: number): Promise<Repository> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const blocks = await Blocks.open(join(directory, 'blocks'), limitBytes);
    return new Repository(directory, blocks, new Store(join(directory, 'ipfs.sqlite')));
  }

  /** A value that is made at first use and then stays. */
  once(name: string, make: () => string): string {
    const table = this.#store.table('once', recordFormat<string>());
    const value = table.get(name) ?? make();
    table.set(name, value);
    return value;
  }

  pinOf(cid: CID): Pin | undefined {
    return this.#pins.get(cid.toString());
  }

  pins(): [cid: CID, pin: Pin][] {
    return this.#pins.list().map(([cid, pin]) => [CID.parse(cid), pin]);
  }

  /** Pins content that is there as a whole. @throws KuboError when a block is missing */
  async pin(cid: CID, pin: Pin): Promise<void> {
    if (pin.type === 'direct') this.blocks.sizeOf(cid);
    else for await (const reached of this.walk(cid)) this.blocks.sizeOf(reached);
    this.#pins.set(cid.toString(), pin);
  }

  unpin(cid: CID): void {
    this.#pins.delete(cid.toString());
  }

  /** The pinned content that holds a block by its links, if there is one. */
  async pinnedThrough(cid: CID): Promise<CID | undefined> {
    for (const [root, { type }] of this.pins())
      if (type === 'recursive' && !root.equals(cid))
        for await (const reached of this.walk(root)) if (keyOf(reached) === keyOf(cid)) return root;
    return undefined;
  }

  /** A block's CID and those of all that it links to, each once. @throws KuboError */
  async *walk(root: CID): AsyncGenerator<CID> {
    const seen = new Set<string>();
    const open = [root];
    for (let cid = open.pop(); cid; cid = open.pop()) {
      const name = cid.toV1().toString();
      if (seen.has(name)) continue;
      seen.add(name);
      yield cid;
      if (cid.code !== raw.code) open.push(...linksOf(cid, await this.blocks.read(cid)).reverse());
    }
  }

  /** Deletes what no pin holds, while nobody writes. @returns the CIDs of the deleted blocks */
  async collectGarbage(): Promise<CID[]> {
    return this.turns.alone(async () => {
      const kept = await this.#pinnedKeys();
      const garbage = this.blocks.list().filter((cid) => !kept.has(keyOf(cid)));
      for (const cid of garbage) await this.blocks.delete(cid);
      return garbage;
    });
  }

  async close(): Promise<void> {
    await this.blocks.close();
    this.#store.close();
  }

  async #pinnedKeys(): Promise<Set<string>> {
    const keys = new Set<string>();
    for (const [root, { type }] of this.pins())
      if (type === 'direct') keys.add(keyOf(root));
      else for await (const cid of this.walk(root)) keys.add(keyOf(cid));
    return keys;
  }
}
