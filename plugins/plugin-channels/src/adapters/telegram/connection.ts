import { withinTime, type BaseError } from '@371os/kernel';
import type { Telegraf } from 'telegraf';
import { TELEGRAM, TokenInUseError } from '../../errors/channels.ts';
import { PlatformConnection, type ConnectionInit } from '../platform-connection.ts';
import { refusalIn } from './refusal.ts';

export interface TelegramConnectionInit extends ConnectionInit {
  readonly bot: Telegraf;
  /** Told each time that the bot is there. */
  readonly onOnline: () => void;
}

// Private to telegraf, whose `launch` cannot be stopped before it listens.
interface Polling {
  startPolling(updates: readonly string[]): Promise<void>;
}

const UPDATES = ['message', 'callback_query'] as const;
const ANSWER_MS = 15_000;

/** Listens to Telegram by long polls. */
export class TelegramConnection extends PlatformConnection<TelegramConnectionInit> {
  constructor(init: TelegramConnectionInit) {
    super(TELEGRAM, init);
    this.ending.addEventListener('abort', () => {
      // It throws while it does not listen.
      if ('polling' in init.bot) init.bot.stop();
    });
  }

  protected async listen(): Promise<void> {
    await this.#greet();
    if (this.ending.aborted) return;
    await (this.init.bot as unknown as Polling).startPolling(UPDATES);
  }

  protected problemIn(error: unknown): BaseError | undefined {
    const code = refusalIn(error)?.code;
    if (code === 401 || code === 404) return this.wrongToken();
    return code === 409
      ? new TokenInUseError({ agent: this.init.agent, platform: TELEGRAM })
      : undefined;
  }

  async #greet(): Promise<void> {
    const { bot, onOnline } = this.init;
    const late = (): BaseError => this.unreachable('there is no answer');
    bot.botInfo = await withinTime(bot.telegram.getMe(), ANSWER_MS, late);
    // What people have written while nobody listened is still answered.
    await withinTime(bot.telegram.deleteWebhook(), ANSWER_MS, late);
    this.online(bot.botInfo.username);
    onOnline();
  }
}
