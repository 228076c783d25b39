import type { Clock } from '@371os/kernel';
import { mergeSent, type MissingLetter, type SentLetters } from '../domain/letters/causal-order.ts';
import type { SenderState } from '../domain/letters/judge-letter.ts';
import { answeredBy, NO_HASH, type Letter } from '../domain/letters/letter.ts';
import { answerLetterId } from '../domain/letters/task-letter.ts';
import type { Receipt, Refusal } from '../domain/letters/receipt.ts';
import type { LetterStore, ReceiverState } from '../ports/letter-store.ts';
import type { SyncSample } from '../ports/sync-log.ts';

interface Sent {
  readonly letter: Letter;
  isCutOff: boolean;
  linkBackAtMs: number | undefined;
  acknowledgedAtMs: number | undefined;
  isSpoilt: boolean;
}

interface Sender {
  newest: number;
  hash: string;
  givenUp: number;
  held: { number: number; sinceMs: number } | undefined;
  refusals: number;
}

const DAY_MS = 86_400_000;

/** Letters that are kept for as long as the process lives. */
export class LettersInMemory implements LetterStore {
  readonly #clock: Clock;
  readonly #out: Sent[] = [];
  readonly #in = new Map<string, Letter & { readonly appliedAtMs: number }>();
  readonly #senders = new Map<string, Sender>();
  #sent: SentLetters = {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async receiver(id: string): Promise<ReceiverState> {
    const all = this.#to(id);
    const { number: newest = 0, hash = NO_HASH } = all.at(-1)?.letter ?? {};
    const waiting = all.filter(isWaiting).length;
    return { newest, hash, waiting, sent: this.#sent };
  }

  async add(letter: Letter, isCutOff: boolean): Promise<boolean> {
    const { newest, hash } = await this.receiver(letter.receiver);
    if (letter.number !== newest + 1 || letter.previous !== hash) return false;
    if (await this.find(letter.id)) return false;
    const nothing = { linkBackAtMs: undefined, acknowledgedAtMs: undefined, isSpoilt: false };
    this.#out.push({ letter, isCutOff, ...nothing });
    this.#learn(letter);
    return true;
  }

  async find(id: string): Promise<Letter | undefined> {
    return this.#out.find(({ letter }) => letter.id === id)?.letter;
  }

  async from(receiver: string, number: number, limit: number): Promise<Letter[]> {
    const later = this.#to(receiver).filter(({ letter }) => letter.number >= number);
    return later.slice(0, limit).map(({ letter }) => letter);
  }

  async firstWaiting(receiver: string): Promise<number | undefined> {
    return this.#to(receiver).find(isWaiting)?.letter.number;
  }

  async receiversWaited(): Promise<string[]> {
    return [...new Set(this.#out.filter(isWaiting).map(({ letter }) => letter.receiver))];
  }

  async acknowledge(receiver: string, { newest, hash, outOfOrder }: Receipt): Promise<boolean> {
    const all = this.#to(receiver);
    const same = newest === 0 ? NO_HASH : all.find(({ letter }) => letter.number === newest);
    if ((typeof same === 'string' ? same : same?.letter.hash) !== hash) return false;
    for (const sent of all.filter(isWaiting)) {
      if (sent.letter.number > newest) continue;
      sent.acknowledgedAtMs = this.#clock();
      if (sent.isCutOff) sent.linkBackAtMs ??= this.#clock();
      sent.isSpoilt ||= outOfOrder.includes(sent.letter.number);
    }
    return true;
  }

  async linkLost(receiver: string): Promise<void> {
    for (const sent of this.#to(receiver).filter(isWaiting))
      Object.assign(sent, { isCutOff: true, linkBackAtMs: undefined });
  }

  async linkBack(receiver: string): Promise<void> {
    for (const sent of this.#to(receiver).filter(isWaiting))
      if (sent.isCutOff) sent.linkBackAtMs ??= this.#clock();
  }

  async sender(id: string): Promise<SenderState> {
    const { newest, hash } = this.#from(id);
    return { newest, hash };
  }

  async applied(): Promise<Readonly<Record<string, number>>> {
    return Object.fromEntries(
      [...this.#senders].map(([id, { newest, givenUp }]) => [id, Math.max(newest, givenUp)]),
    );
  }

  async hashOf(sender: string, number: number): Promise<string | undefined> {
    return this.#in.get(`${sender}/${String(number)}`)?.hash;
  }

  async learn(letter: Letter): Promise<void> {
    this.#learn(letter);
  }

  async apply(letter: Letter): Promise<boolean> {
    const { sender, number, hash, previous } = letter;
    const state = this.#from(sender);
    if (state.newest !== number - 1 || state.hash !== previous) return false;
    Object.assign(state, { newest: number, hash });
    this.#in.set(`${sender}/${String(number)}`, { ...letter, appliedAtMs: this.#clock() });
    return true;
  }

  async heldMs(sender: string, number: number): Promise<number> {
    const state = this.#from(sender);
    if (state.held?.number !== number) state.held = { number, sinceMs: this.#clock() };
    return this.#clock() - state.held.sinceMs;
  }

  async giveUp(missing: readonly MissingLetter[]): Promise<void> {
    for (const { sender, number } of missing) {
      const state = this.#from(sender);
      state.givenUp = Math.max(state.givenUp, number);
    }
  }

  async noteRefusal(sender: string, _why: Refusal): Promise<void> {
    this.#from(sender).refusals += 1;
  }

  async answerTo(letterId: string): Promise<Letter | undefined> {
    return [...this.#in.values()].find((letter) => answeredBy(letter) === letterId);
  }

  async unanswered(): Promise<Letter[]> {
    const answered = new Set(this.#out.map(({ letter }) => letter.id));
    return [...this.#in.values()].filter(
      (letter) => letter.kind === 'task' && !answered.has(answerLetterId(letter)),
    );
  }

  async prune(keepDays: number): Promise<void> {
    const before = this.#clock() - keepDays * DAY_MS;
    for (const [position, { letter, acknowledgedAtMs = Infinity }] of [
      ...this.#out.entries(),
    ].reverse())
      if (acknowledgedAtMs < before && this.#to(letter.receiver).at(-1)?.letter !== letter)
        this.#out.splice(position, 1);
    for (const [key, { sender, number, appliedAtMs }] of this.#in)
      if (appliedAtMs < before && number < this.#from(sender).newest) this.#in.delete(key);
  }

  async samples(sinceMs: number): Promise<SyncSample[]> {
    return this.#out
      .filter(({ isCutOff, letter }) => isCutOff && letter.madeAtMs >= sinceMs)
      .map(({ letter: { id, madeAtMs }, linkBackAtMs, acknowledgedAtMs, isSpoilt }) => ({
        ...{ id, madeAtMs, linkBackAtMs, verifiedAtMs: acknowledgedAtMs, isSpoilt },
      }));
  }

  #to(receiver: string): Sent[] {
    return this.#out.filter(({ letter }) => letter.receiver === receiver);
  }

  #from(sender: string): Sender {
    const state = this.#senders.get(sender) ?? {
      ...{ newest: 0, hash: NO_HASH, givenUp: 0, held: undefined, refusals: 0 },
    };
    this.#senders.set(sender, state);
    return state;
  }

  #learn({ sent, sender, receiver, number }: Letter): void {
    this.#sent = mergeSent(mergeSent(this.#sent, sent), { [sender]: { [receiver]: number } });
  }
}

function isWaiting({ acknowledgedAtMs }: Sent): boolean {
  return acknowledgedAtMs === undefined;
}
