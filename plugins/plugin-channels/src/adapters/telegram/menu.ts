import type { Telegram } from 'telegraf';
import type { MenuEntry } from '../../domain/command-menu.ts';

/** The command menu of a bot: one for all, and others for the chats of people who may do more. */
export class TelegramMenu {
  readonly #telegram: Telegram;
  readonly #shown = new Map<number | 'all', string>();

  constructor(telegram: Telegram) {
    this.#telegram = telegram;
  }

  /** Shows the entries to all, or in one chat, unless they are shown there. @throws what Telegram refuses */
  async show(entries: readonly MenuEntry[], chatId?: number): Promise<void> {
    const key = chatId ?? 'all';
    const shown = JSON.stringify(entries);
    if (this.#shown.get(key) === shown) return;
    await this.#telegram.setMyCommands(
      entries,
      chatId === undefined ? {} : { scope: { type: 'chat', chat_id: chatId } },
    );
    this.#shown.set(key, shown);
  }
}
