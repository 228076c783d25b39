import { setTimeout as wait } from 'node:timers/promises';
import { CID } from 'multiformats/cid';
import { sha256 } from 'multiformats/hashes/sha2';
import { z } from 'zod';

const isOn = z.boolean().default(false);
const FILLER = new Uint8Array(64 * 1024);

/** What can go wrong with the IPFS node. What is left out is off. */
export const ipfsFaults = z.strictObject({
  /** It ends every connection without an answer. */
  down: isOn,
  /** Requests of any kind that it answers with 500. */
  errors: z.number().int().min(0).max(1_000_000).default(0),
  /** How long it waits before each answer. */
  delayMs: z.number().int().min(0).max(3_600_000).default(0),
  /** What it says is at a CID is not (`cat`, `block/get`, the gateway): its first bit is another. */
  lies: isOn,
  /** It answers `add` with CIDs of something else. */
  wrongCids: isOn,
  /** The second half of the last piece of all content is missing, and nothing says so. */
  truncates: isOn,
  /** Bytes that it sends after the end of all content. */
  extraBytes: z.number().int().min(0).max(100_000_000_000).default(0),
});

export type IpfsFaults = z.output<typeof ipfsFaults>;

/** Which faults are switched on. */
export class FaultyIpfs {
  #on = ipfsFaults.parse({});

  get on(): IpfsFaults {
    return this.#on;
  }

  /** Whether content has another length than it should have. */
  get isLengthWrong(): boolean {
    return this.#on.truncates || this.#on.extraBytes > 0;
  }

  /** Replaces the faults. */
  set(faults: z.input<typeof ipfsFaults>): void {
    this.#on = ipfsFaults.parse(faults);
  }

  /** Waits as long as it is to be slow. */
  async delay(): Promise<void> {
    if (this.#on.delayMs > 0) await wait(this.#on.delayMs, undefined, { ref: false });
  }

  /** Uses up one error: false when there is none left. */
  takeError(): boolean {
    const { errors } = this.#on;
    if (errors > 0) this.#on = { ...this.#on, errors: errors - 1 };
    return errors > 0;
  }

  /** The content that is sent instead of the true one. */
  async *spoil(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { lies, truncates, extraBytes } = this.#on;
    let isFirst = lies;
    let held: Uint8Array | undefined;
    for await (const chunk of content) {
      if (held) yield held;
      held = isFirst && chunk.length > 0 ? flipFirstBit(chunk) : chunk;
      isFirst &&= chunk.length === 0;
    }
    if (held) yield truncates ? held.subarray(0, held.length >> 1) : held;
    for (let left = extraBytes; left > 0; left -= FILLER.length)
      yield left < FILLER.length ? FILLER.subarray(0, left) : FILLER;
  }

  /** The CID that is named instead of the true one. */
  async nameOf(cid: CID): Promise<CID> {
    if (!this.#on.wrongCids) return cid;
    return CID.create(cid.version, cid.code, await sha256.digest(cid.bytes));
  }
}

function flipFirstBit(chunk: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(chunk);
  changed[0] = (changed[0] ?? 0) ^ 1;
  return changed;
}
