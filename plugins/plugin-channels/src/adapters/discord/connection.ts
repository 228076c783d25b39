import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { explainError, processWide, systemClock, withinTime, type BaseError } from '@371os/kernel';
import { Events, type Client } from 'discord.js';
import type { ChannelState } from '../../domain/channel-state.ts';
import {
  DISCORD,
  PlatformUnreachableError,
  TokenInUseError,
  WrongTokenError,
} from '../../errors/channels.ts';
import { isWrongToken } from './refusal.ts';

export interface ConnectionComponents {
  readonly agent: string;
  readonly token: string;
  /** What the token is set by. */
  readonly setting: string;
  /** A client that is not logged in: one that has been, and was left, logs in no more. */
  readonly makeClient: () => Client;
  /** Told each time that the bot is there. */
  readonly onOnline: (client: Client<true>) => void;
  readonly log: (problem: string, error: unknown) => void;
}

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;
// discord.js waits up to 15 s for the servers of a bot after it is known.
const READY_MS = 40_000;
const STOP_MS = 5_000;
// After that there is little left of a session to go on with.
const RESUMABLE_MS = 60_000;

// Which agent of this process listens with which token: Discord lets any number of them listen.
const listeners = processWide('discord-listeners', () => new Map<string, string>());

/** Listens to Discord for as long as it is open, and says in words what keeps it from that. */
export class DiscordConnection {
  readonly #components: ConnectionComponents;
  readonly #ending = new AbortController();
  readonly #settled = Promise.withResolvers<undefined>();
  #state: ChannelState;
  #listening: Promise<void> = Promise.resolve();
  #lose: (why: unknown) => void = () => undefined;

  constructor(components: ConnectionComponents) {
    this.#components = components;
    this.#state = { isOnline: false, words: `Discord: ${components.agent} is connecting.` };
  }

  get state(): ChannelState {
    return this.#state;
  }

  /** Resolves when it is known whether the bot is there. */
  get settled(): Promise<unknown> {
    return this.#settled.promise;
  }

  open(): void {
    const { agent, token, setting } = this.#components;
    // What no header can carry is no token.
    if (!/^[\x21-\x7e]+$/.test(token))
      return this.#fail(new WrongTokenError({ agent, setting, platform: DISCORD }));
    const by = listeners.get(token);
    if (by !== undefined) return this.#fail(new TokenInUseError({ agent, by, platform: DISCORD }));
    listeners.set(token, agent);
    this.#listening = this.#listen();
  }

  /** Resolves when nothing is heard any more, after 5 s at the latest. */
  async close(): Promise<void> {
    const { agent, token, log } = this.#components;
    this.#ending.abort();
    this.#lose('it was closed');
    this.#settled.resolve(undefined);
    if (listeners.get(token) === agent) listeners.delete(token);
    try {
      await withinTime(this.#listening, STOP_MS, () =>
        this.#unreachable('it did not stop in time'),
      );
    } catch (error) {
      log('Discord was left without a word', error);
    }
  }

  async #listen(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!this.#hasEnded()) {
      const client = this.#components.makeClient();
      try {
        const lost = this.#whenLost(client);
        await this.#greet(client);
        retryMs = FIRST_RETRY_MS;
        throw await lost;
      } catch (error) {
        await client.destroy();
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

  async #greet(client: Client): Promise<void> {
    const { signal } = this.#ending;
    await withinTime(
      Promise.all([
        client.login(this.#components.token),
        once(client, Events.ClientReady, { signal }),
      ]),
      READY_MS,
      () => this.#unreachable('there is no answer'),
    );
    this.#greeted(client);
    client.on(Events.ShardResume, () => this.#greeted(client));
    client.on(Events.ShardReady, () => this.#greeted(client));
    this.#components.onOnline(client as Client<true>);
  }

  #greeted({ user }: Client): void {
    const words = `Discord: ${this.#components.agent} is @${user?.username ?? ''}.`;
    this.#state = { isOnline: true, words };
    this.#settled.resolve(undefined);
  }

  // discord.js connects again by itself, twice a second and for ever, except after what ends a session
  // for good.
  #whenLost(client: Client): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#lose = resolve;
    let awaySinceMs = Infinity;
    client.on(Events.ShardReconnecting, () => {
      if (this.#hasEnded()) return;
      const nowMs = systemClock();
      if (this.#state.isOnline) {
        awaySinceMs = nowMs;
        this.#fail(this.#unreachable('it went away'));
      } else if (nowMs - awaySinceMs > RESUMABLE_MS) resolve('it stayed away');
    });
    client.on(Events.ShardError, (error) => {
      if (isWrongToken(error)) resolve(error);
      else this.#components.log('the connection to Discord has a fault', error);
    });
    client.on(Events.Invalidated, () => resolve('the session has ended'));
    return promise;
  }

  #problemIn(error: unknown): BaseError {
    const { agent, setting } = this.#components;
    return isWrongToken(error)
      ? new WrongTokenError({ agent, setting, platform: DISCORD })
      : this.#unreachable(error);
  }

  #unreachable(cause: unknown): PlatformUnreachableError {
    return new PlatformUnreachableError({
      agent: this.#components.agent,
      platform: DISCORD,
      cause,
    });
  }

  #fail(problem: BaseError): void {
    this.#state = { isOnline: false, words: explainError(problem) };
    this.#settled.resolve(undefined);
    this.#components.log(problem.message, problem.cause);
  }
}
