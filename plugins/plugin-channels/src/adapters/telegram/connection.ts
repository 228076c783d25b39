import { setTimeout as wait } from 'node:timers/promises';
import { explainError, processWide, withinTime, type BaseError } from '@371os/kernel';
import type { Telegraf } from 'telegraf';
import type { ChannelState } from '../../domain/channel-state.ts';
import {
  PlatformUnreachableError,
  TELEGRAM,
  TokenInUseError,
  WrongTokenError,
} from '../../errors/channels.ts';
import { refusalIn } from './refusal.ts';

export interface ConnectionComponents {
  readonly agent: string;
  readonly token: string;
  /** What the token is set by. */
  readonly setting: string;
  readonly bot: Telegraf;
  /** Told each time that the bot is there. */
  readonly onOnline: () => void;
  readonly log: (problem: string, error: unknown) => void;
}

// Private to telegraf, whose `launch` cannot be stopped before it listens.
interface Polling {
  startPolling(updates: readonly string[]): Promise<void>;
}

const UPDATES = ['message', 'callback_query'] as const;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;
const ANSWER_MS = 15_000;
const STOP_MS = 5_000;

// Which agent of this process listens with which token.
const listeners = processWide('telegram-listeners', () => new Map<string, string>());

/** Listens to Telegram for as long as it is open, and says in words what keeps it from that. */
export class TelegramConnection {
  readonly #components: ConnectionComponents;
  readonly #ending = new AbortController();
  readonly #settled = Promise.withResolvers<undefined>();
  #state: ChannelState;
  #listening: Promise<void> = Promise.resolve();

  constructor(components: ConnectionComponents) {
    this.#components = components;
    this.#state = { isOnline: false, words: `Telegram: ${components.agent} is connecting.` };
  }

  get state(): ChannelState {
    return this.#state;
  }

  /** Resolves when it is known whether the bot is there. */
  get settled(): Promise<unknown> {
    return this.#settled.promise;
  }

  open(): void {
    const { agent, token } = this.#components;
    const by = listeners.get(token);
    if (by !== undefined) return this.#fail(new TokenInUseError({ agent, by, platform: TELEGRAM }));
    listeners.set(token, agent);
    this.#listening = this.#listen();
  }

  /** Resolves when nothing is heard any more, after 5 s at the latest. */
  async close(): Promise<void> {
    const { agent, token, bot, log } = this.#components;
    this.#ending.abort();
    this.#settled.resolve(undefined);
    // It throws while it does not listen.
    if ('polling' in bot) bot.stop();
    if (listeners.get(token) === agent) listeners.delete(token);
    try {
      await withinTime(this.#listening, STOP_MS, () =>
        this.#unreachable('it did not stop in time'),
      );
    } catch (error) {
      log('Telegram was left without a word', error);
    }
  }

  async #listen(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!this.#hasEnded()) {
      try {
        await this.#greet();
        retryMs = FIRST_RETRY_MS;
        if (this.#hasEnded()) return;
        await (this.#components.bot as unknown as Polling).startPolling(UPDATES);
        return;
      } catch (error) {
        if (this.#hasEnded()) return;
        const problem = this.#problemIn(error);
        this.#fail(problem);
        if (!problem.isRetryable) return;
      }
      await wait(retryMs, undefined, { signal: this.#ending.signal }).catch(() => undefined);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    }
  }

  #hasEnded(): boolean {
    return this.#ending.signal.aborted;
  }

  async #greet(): Promise<void> {
    const { agent, bot, onOnline } = this.#components;
    const late = (): BaseError => this.#unreachable('there is no answer');
    bot.botInfo = await withinTime(bot.telegram.getMe(), ANSWER_MS, late);
    // What people have written while nobody listened is still answered.
    await withinTime(bot.telegram.deleteWebhook(), ANSWER_MS, late);
    this.#state = { isOnline: true, words: `Telegram: ${agent} is @${bot.botInfo.username}.` };
    this.#settled.resolve(undefined);
    onOnline();
  }

  #problemIn(error: unknown): BaseError {
    const { agent, setting } = this.#components;
    const code = refusalIn(error)?.code;
    if (code === 401 || code === 404)
      return new WrongTokenError({ agent, setting, platform: TELEGRAM });
    if (code === 409) return new TokenInUseError({ agent, platform: TELEGRAM });
    return this.#unreachable(error);
  }

  #unreachable(cause: unknown): PlatformUnreachableError {
    const { agent } = this.#components;
    return new PlatformUnreachableError({ agent, platform: TELEGRAM, cause });
  }

  #fail(problem: BaseError): void {
    this.#state = { isOnline: false, words: explainError(problem) };
    this.#settled.resolve(undefined);
    this.#components.log(problem.message, problem.cause);
  }
}
