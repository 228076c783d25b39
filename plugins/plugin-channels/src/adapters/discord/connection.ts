import { once } from 'node:events';
import { systemClock, withinTime, type BaseError } from '@371os/kernel';
import { Events, type Client } from 'discord.js';
import { DISCORD } from '../../errors/channels.ts';
import { PlatformConnection, type ConnectionInit } from '../platform-connection.ts';
import { isWrongToken } from './refusal.ts';

export interface DiscordConnectionInit extends ConnectionInit {
  /** A client that is not logged in: one that has been, and was left, logs in no more. */
  readonly makeClient: () => Client;
  /** Told each time that the bot is there. */
  readonly onOnline: (client: Client<true>) => void;
}

// discord.js waits up to 15 s for the servers of a bot after it is known.
const READY_MS = 40_000;
// After that there is little left of a session to go on with.
const RESUMABLE_MS = 60_000;

/** Listens to Discord by its gateway, which would let any number of programs listen with one token. */
export class DiscordConnection extends PlatformConnection<DiscordConnectionInit> {
  #lose: (why: unknown) => void = () => undefined;

  constructor(init: DiscordConnectionInit) {
    super(DISCORD, init);
    this.ending.addEventListener('abort', () => this.#lose('it was closed'));
  }

  override open(): void {
    // What no header can carry is no token.
    if (/^[\x21-\x7e]+$/.test(this.init.token)) super.open();
    else this.fail(this.wrongToken());
  }

  protected async listen(): Promise<void> {
    const client = this.init.makeClient();
    try {
      const lost = this.#whenLost(client);
      await this.#greet(client);
      throw await lost;
    } finally {
      await client.destroy();
    }
  }

  protected problemIn(error: unknown): BaseError | undefined {
    return isWrongToken(error) ? this.wrongToken() : undefined;
  }

  async #greet(client: Client): Promise<void> {
    await withinTime(
      Promise.all([
        client.login(this.init.token),
        once(client, Events.ClientReady, { signal: this.ending }),
      ]),
      READY_MS,
      () => this.unreachable('there is no answer'),
    );
    const greeted = (): void => this.online(client.user?.username ?? '');
    greeted();
    client.on(Events.ShardResume, greeted);
    client.on(Events.ShardReady, greeted);
    this.init.onOnline(client as Client<true>);
  }

  // discord.js connects again by itself, twice a second and for ever, except after what ends a session
  // for good.
  #whenLost(client: Client): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#lose = resolve;
    let awaySinceMs = Infinity;
    client.on(Events.ShardReconnecting, () => {
      if (this.ending.aborted) return;
      const nowMs = systemClock();
      if (this.state.isOnline) {
        awaySinceMs = nowMs;
        this.fail(this.unreachable('it went away'));
      } else if (nowMs - awaySinceMs > RESUMABLE_MS) resolve('it stayed away');
    });
    client.on(Events.ShardError, (error) => {
      if (isWrongToken(error)) resolve(error);
      else this.init.log('the connection to Discord has a fault', error);
    });
    client.on(Events.Invalidated, () => resolve('the session has ended'));
    return promise;
  }
}
