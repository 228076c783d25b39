import { KeyedQueue, type Clock, type IdSource } from '@371os/kernel';
import { z } from 'zod';
import { judgeLetter } from '../domain/letters/judge-letter.ts';
import {
  isIntact,
  letterSchema,
  sealLetter,
  type Letter,
  type TextHash,
} from '../domain/letters/letter.ts';
import { receiptSchema, type Receipt, type Refusal } from '../domain/letters/receipt.ts';
import { LetterChainError, OutboxBusyError, OutboxFullError } from '../errors/letters.ts';
import { PeerAwayError } from '../errors/mesh.ts';
import type { LetterSender, LetterStore, NewLetter } from '../ports/letter-store.ts';

export interface LetterPostInit {
  /** The id of this node. */
  readonly self: string;
  readonly store: LetterStore;
  readonly sha256: TextHash;
  readonly clock: Clock;
  readonly newId: IdSource;
  readonly isReachable: (peer: string) => boolean;
  /** Takes letters to a node, and returns what it says. */
  readonly carry: (peer: string, letters: readonly Letter[]) => Promise<unknown>;
  /**
   * Does what a letter is for. It may be called again for the same letter, after a crash, and must
   * then do nothing more; what it throws has the letter sent again.
   */
  readonly effect: (letter: Letter) => Promise<void>;
  /** Told of what a sender did wrong. */
  readonly onForged: (sender: string, letter: unknown) => void;
  /** Told of an effect that failed. */
  readonly onError: (error: unknown) => void;
  /** Told when letters were applied. */
  readonly onApplied?: (() => void) | undefined;
  /** How long a letter waits for those that should come first, in milliseconds. */
  readonly holdMs?: number | undefined;
}

const HOLD_MS = 60_000;
const MOST_WAITING = 10_000;
const AT_ONCE = 50;
const MOST_BYTES = 1_800_000;
const TRIES = 20;
// Of one delivery: the next one goes on.
const MOST_ROUNDS = 200;

const batch = z.strictObject({ letters: z.array(z.unknown()).max(AT_ONCE) });

/**
 * Letters to other nodes and from them. Each is kept before it is sent, is sent until its receiver
 * says that it has it, and is applied there once, in its place.
 */
export class LetterPost implements LetterSender {
  readonly #init: LetterPostInit;
  readonly #writing = new KeyedQueue();
  readonly #reading = new KeyedQueue();
  readonly #delivering = new Map<string, Promise<void>>();

  constructor(init: LetterPostInit) {
    this.#init = init;
  }

  /** Keeps a letter until its receiver has it. @throws OutboxFullError, OutboxBusyError */
  async send(wanted: NewLetter): Promise<Letter> {
    return this.#writing.run('letters', () => this.#add(wanted));
  }

  /**
   * Takes the letters that wait to a node, until it has them or takes no more.
   * @throws what `carry` throws, LetterChainError, ZodError when it answers nonsense
   */
  deliver(receiver: string): Promise<void> {
    const running = this.#delivering.get(receiver);
    if (running) return running;
    const delivery = this.#deliver(receiver).finally(() => this.#delivering.delete(receiver));
    this.#delivering.set(receiver, delivery);
    return delivery;
  }

  /**
   * Applies the letters of another node that are next, and says what is stored.
   * @param from who brings them, which was proved
   * @throws ZodError when they are no letters
   */
  async receive(body: unknown, from: string): Promise<Receipt> {
    const { letters } = batch.parse(body);
    return this.#reading.run(from, () => this.#take(letters, from));
  }

  async #add({ receiver, kind, body, id = this.#init.newId() }: NewLetter): Promise<Letter> {
    const { store, self, clock, sha256, isReachable } = this.#init;
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const known = await store.find(id);
      if (known) return known;
      const { newest, hash: previous, waiting, sent } = await store.receiver(receiver);
      if (waiting >= MOST_WAITING) throw new OutboxFullError({ receiver, waiting });
      const letter = letterSchema.parse(
        sealLetter(
          {
            ...{ id, sender: self, receiver, number: newest + 1, kind, body, sent, previous },
            madeAtMs: clock(),
          },
          sha256,
        ),
      );
      if (await store.add(letter, !isReachable(receiver))) return letter;
    }
    throw new OutboxBusyError({ receiver });
  }

  async #deliver(receiver: string): Promise<void> {
    const { store } = this.#init;
    let next = await store.firstWaiting(receiver);
    for (let round = 0; next !== undefined && round < MOST_ROUNDS; round += 1) {
      const letters = asMuchAsFits(await store.from(receiver, next, AT_ONCE));
      const receipt = await this.#carry(receiver, letters);
      if (!(await store.acknowledge(receiver, receipt)))
        throw new LetterChainError({ receiver, number: receipt.newest });
      const wanted = receipt.newest + 1;
      // It may have less than it once had, and then gets that again. What it refuses has to wait.
      if (wanted === next || (receipt.refused !== undefined && wanted > next)) return;
      const waiting = await store.firstWaiting(receiver);
      next = wanted < next ? wanted : waiting;
    }
  }

  async #carry(receiver: string, letters: readonly Letter[]): Promise<Receipt> {
    const { store, carry } = this.#init;
    try {
      return receiptSchema.parse(await carry(receiver, letters));
    } catch (error) {
      if (error instanceof PeerAwayError) await store.linkLost(receiver);
      throw error;
    }
  }

  async #take(letters: readonly unknown[], from: string): Promise<Receipt> {
    const { store, onApplied } = this.#init;
    const outOfOrder: number[] = [];
    let refused: Refusal | undefined;
    for (const raw of letters) {
      const came = await this.#takeOne(raw, from);
      if (came.isOutOfOrder === true) outOfOrder.push(came.number);
      refused = came.refused;
      if (refused) break;
    }
    if (refused && refused !== 'early') await store.noteRefusal(from, refused);
    onApplied?.();
    const { newest, hash } = await store.sender(from);
    return { newest, hash, outOfOrder, ...(refused ? { refused } : {}) };
  }

  async #takeOne(
    raw: unknown,
    from: string,
  ): Promise<{ number: number; isOutOfOrder?: boolean; refused?: Refusal }> {
    const { store, self, sha256, onForged, effect } = this.#init;
    const letter = letterSchema.parse(raw);
    const { number, sender } = letter;
    const isForUs = sender === from && letter.receiver === self;
    const stored = await store.hashOf(from, number);
    const judged =
      isForUs && isIntact(letter, sha256)
        ? judgeLetter(letter, await store.sender(from), stored, await store.applied())
        : ({ is: 'forged' } as const);
    if (judged.is === 'known') return { number };
    if (judged.is === 'gap') return { number, refused: 'gap' };
    if (judged.is === 'forged') {
      onForged(from, raw);
      return { number, refused: 'forged' };
    }
    const isEarly = judged.is === 'early';
    if (isEarly) {
      const heldMs = await store.heldMs(from, number);
      if (heldMs < (this.#init.holdMs ?? HOLD_MS)) return { number, refused: 'early' };
      await store.giveUp(judged.missing);
    }
    await store.learn(letter);
    try {
      await effect(letter);
    } catch (error) {
      this.#init.onError(error);
      return { number, refused: 'failed' };
    }
    return (await store.apply(letter))
      ? { number, isOutOfOrder: isEarly }
      : { number, refused: 'failed' };
  }
}

function asMuchAsFits(letters: readonly Letter[]): Letter[] {
  let bytes = 0;
  return letters.filter((letter, position) => {
    bytes += Buffer.byteLength(JSON.stringify(letter));
    return position === 0 || bytes <= MOST_BYTES;
  });
}
