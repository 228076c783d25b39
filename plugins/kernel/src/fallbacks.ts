import { isCutOff } from './way-to.ts';

export interface FallbacksInit {
  /** At least one, in the order in which they are asked. */
  readonly addresses: readonly [string, ...string[]];
  /** Milliseconds of a clock that never goes back. */
  readonly elapsedMs?: (() => number) | undefined;
  /** For how long one that has failed is asked after the others, in milliseconds. */
  readonly restMs?: number | undefined;
}

interface Rest {
  readonly untilMs: number;
  readonly isOfDrill: boolean;
}

const REST_MS = 30_000;

/**
 * Addresses that can stand in for each other. The first is asked, and when it fails the next; one that has
 * failed comes last for a while. None is ever left out.
 */
export class Fallbacks {
  readonly addresses: readonly [string, ...string[]];
  readonly #elapsedMs: () => number;
  readonly #restMs: number;
  readonly #rests = new Map<string, Rest>();
  #answeredBy: string | undefined;

  constructor({ addresses, elapsedMs = () => performance.now(), restMs = REST_MS }: FallbacksInit) {
    this.addresses = addresses;
    this.#elapsedMs = elapsedMs;
    this.#restMs = restMs;
  }

  /** Who has answered last. */
  get answeredBy(): string | undefined {
    return this.#answeredBy;
  }

  isResting(address: string): boolean {
    const rest = this.#rests.get(address);
    if (!rest || rest.untilMs <= this.#elapsedMs()) return false;
    // What a drill made it look like says nothing when the drill is over.
    return !rest.isOfDrill || isCutOff(address);
  }

  /**
   * What the first one says that answers.
   * @param isOutage whether an error means that nobody has answered; any other is an answer
   * @throws what the last one has thrown
   */
  async ask<Answer>(
    question: (address: string) => Promise<Answer>,
    isOutage: (error: unknown) => boolean,
  ): Promise<Answer> {
    const [first, ...others] = this.#inOrder();
    let asked = await this.#askOne(first, question, isOutage);
    for (const address of others) {
      if ('answer' in asked) break;
      asked = await this.#askOne(address, question, isOutage);
    }
    if ('answer' in asked) return asked.answer;
    throw asked.outage;
  }

  /** The same of one alone, for what must not be sent twice. */
  async askOnce<Answer>(
    question: (address: string) => Promise<Answer>,
    isOutage: (error: unknown) => boolean,
  ): Promise<Answer> {
    const asked = await this.#askOne(this.#inOrder()[0], question, isOutage);
    if ('answer' in asked) return asked.answer;
    throw asked.outage;
  }

  async #askOne<Answer>(
    address: string,
    question: (address: string) => Promise<Answer>,
    isOutage: (error: unknown) => boolean,
  ): Promise<{ answer: Answer } | { outage: unknown }> {
    // The drill may be over before what it has cut off is given up.
    const wasCutOff = isCutOff(address);
    try {
      const answer = await question(address);
      this.#rests.delete(address);
      this.#answeredBy = address;
      return { answer };
    } catch (error) {
      if (!isOutage(error)) throw error;
      const untilMs = this.#elapsedMs() + this.#restMs;
      this.#rests.set(address, { untilMs, isOfDrill: wasCutOff || isCutOff(address) });
      return { outage: error };
    }
  }

  #inOrder(): readonly [string, ...string[]] {
    const [awake, resting] = [false, true].map((rests) =>
      this.addresses.filter((address) => this.isResting(address) === rests),
    );
    const [first = this.addresses[0], ...others] = [...(awake ?? []), ...(resting ?? [])];
    return [first, ...others];
  }
}
