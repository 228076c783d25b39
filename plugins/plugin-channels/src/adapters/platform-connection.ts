import { setTimeout as wait } from 'node:timers/promises';
import { explainError, processWide, withinTime, type BaseError } from '@371os/kernel';
import type { ChannelState } from '../domain/channel-state.ts';
import {
  PlatformUnreachableError,
  TokenInUseError,
  WrongTokenError,
  type PlatformWords,
} from '../errors/channels.ts';

export interface ConnectionInit {
  readonly agent: string;
  readonly token: string;
  /** What the token is set by. */
  readonly setting: string;
  readonly log: (problem: string, error: unknown) => void;
}

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;
const STOP_MS = 5_000;

// Which agent of this process listens with which token of a platform.
const listeners = processWide('platform-listeners', () => new Map<string, string>());

/** Listens to a platform for as long as it is open, and says in words what keeps it from that. */
export abstract class PlatformConnection<Init extends ConnectionInit = ConnectionInit> {
  protected readonly init: Init;
  readonly #platform: PlatformWords;
  readonly #ending = new AbortController();
  readonly #settled = Promise.withResolvers<undefined>();
  #state: ChannelState;
  #listening: Promise<void> = Promise.resolve();
  #retryMs = FIRST_RETRY_MS;

  constructor(platform: PlatformWords, init: Init) {
    this.init = init;
    this.#platform = platform;
    this.#state = { isOnline: false, words: `${platform.name}: ${init.agent} is connecting.` };
  }

  get state(): ChannelState {
    return this.#state;
  }

  /** Resolves when it is known whether the bot is there. */
  get settled(): Promise<unknown> {
    return this.#settled.promise;
  }

  open(): void {
    const { agent } = this.init;
    const by = listeners.get(this.#key);
    if (by !== undefined)
      return this.fail(new TokenInUseError({ agent, by, platform: this.#platform }));
    listeners.set(this.#key, agent);
    this.#listening = this.#listen();
  }

  /** Resolves when nothing is heard any more, after 5 s at the latest. */
  async close(): Promise<void> {
    const { agent, log } = this.init;
    this.#ending.abort();
    this.#settled.resolve(undefined);
    if (listeners.get(this.#key) === agent) listeners.delete(this.#key);
    try {
      await withinTime(this.#listening, STOP_MS, () => this.unreachable('it did not stop in time'));
    } catch (error) {
      log(`${this.#platform.name} was left without a word`, error);
    }
  }

  /** Listens once, until it is closed or fails. It is tried again, unless `problemIn` knows that to be of no use. */
  protected abstract listen(): Promise<void>;

  /** What an error means, when not that the platform cannot be reached. */
  protected abstract problemIn(error: unknown): BaseError | undefined;

  /** Aborted when it is closed. */
  protected get ending(): AbortSignal {
    return this.#ending.signal;
  }

  protected online(username: string): void {
    this.#retryMs = FIRST_RETRY_MS;
    const words = `${this.#platform.name}: ${this.init.agent} is @${username}.`;
    this.#state = { isOnline: true, words };
    this.#settled.resolve(undefined);
  }

  protected fail(problem: BaseError): void {
    this.#state = { isOnline: false, words: explainError(problem) };
    this.#settled.resolve(undefined);
    this.init.log(problem.message, problem.cause);
  }

  protected wrongToken(): WrongTokenError {
    const { agent, setting } = this.init;
    return new WrongTokenError({ agent, setting, platform: this.#platform });
  }

  protected unreachable(cause: unknown): PlatformUnreachableError {
    return new PlatformUnreachableError({
      ...{ agent: this.init.agent, platform: this.#platform, cause },
    });
  }

  get #key(): string {
    return `${this.#platform.name} ${this.init.token}`;
  }

  #hasEnded(): boolean {
    return this.ending.aborted;
  }

  async #listen(): Promise<void> {
    while (!this.#hasEnded()) {
      try {
        await this.listen();
        return;
      } catch (error) {
        if (this.#hasEnded()) return;
        const problem = this.problemIn(error) ?? this.unreachable(error);
        this.fail(problem);
        if (!problem.isRetryable) return;
      }
      await wait(this.#retryMs, undefined, { signal: this.ending }).catch(() => undefined);
      this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    }
  }
}
