import { setTimeout as wait } from 'node:timers/promises';
import { KeyedQueue } from '@371os/kernel';
import type { Telegram } from 'telegraf';
import type { InlineKeyboardMarkup, Message } from 'telegraf/types';
import type { Button } from '../../domain/approval-buttons.ts';
import { splitMessage } from '../../domain/split-message.ts';
import { NotDeliveredError } from '../../errors/channels.ts';
import { LONGEST_MESSAGE, telegramPieces, type TelegramPiece } from './html.ts';
import type { Place } from './place.ts';
import { isConnectionLost, refusalIn } from './refusal.ts';

const MOST_TRIES = 4;
const LONGEST_WAIT_S = 60;

export interface SenderComponents {
  readonly telegram: Telegram;
  /** A text as it is to be said, and the buttons that belong below it, by rows. */
  readonly withButtons: (text: string) => Promise<{ text: string; rows: Button[][] }>;
  readonly log: (problem: string, error: unknown) => void;
}

/** Says things on Telegram: in pieces, formatted, in order, with buttons below what asks for a decision. */
export class TelegramSender {
  readonly #components: SenderComponents;
  readonly #queue = new KeyedQueue();

  constructor(components: SenderComponents) {
    this.#components = components;
  }

  /** @throws NotDeliveredError */
  async send(place: Place, text: string, replyTo?: number): Promise<Message.TextMessage[]> {
    return this.#queue.run(String(place.chatId), () => this.#sendPieces(place, text, replyTo));
  }

  async #sendPieces(place: Place, text: string, replyTo?: number): Promise<Message.TextMessage[]> {
    const { text: whole, keyboard } = await this.#complete(text);
    const pieces = formatted(whole, this.#components.log);
    const sent: Message.TextMessage[] = [];
    for (const [index, piece] of pieces.entries())
      sent.push(
        await this.#sendPiece(place, piece, {
          ...(index === 0 && replyTo !== undefined ? { replyTo } : {}),
          ...(index === pieces.length - 1 && keyboard ? { keyboard } : {}),
        }),
      );
    return sent;
  }

  async #sendPiece(
    { chatId, threadId }: Place,
    { text, html: markup }: TelegramPiece,
    { replyTo, keyboard }: { replyTo?: number; keyboard?: InlineKeyboardMarkup },
  ): Promise<Message.TextMessage> {
    const extra = {
      link_preview_options: { is_disabled: true },
      ...(threadId === undefined ? {} : { message_thread_id: threadId }),
      // What it answers may have been deleted.
      ...(replyTo === undefined
        ? {}
        : { reply_parameters: { message_id: replyTo, allow_sending_without_reply: true } }),
      ...(keyboard ? { reply_markup: keyboard } : {}),
    };
    const { telegram, log } = this.#components;
    let html = markup;
    for (let tries = 1; ; tries += 1) {
      try {
        return html === undefined
          ? await telegram.sendMessage(chatId, text, extra)
          : await telegram.sendMessage(chatId, html, { ...extra, parse_mode: 'HTML' });
      } catch (error) {
        const refused = refusalIn(error);
        const waitS = refused?.parameters?.retry_after ?? 0;
        const isAboutMarkup = refused?.code === 400 && /parse entities/i.test(refused.description);
        const isTooSoon = refused?.code === 429 && waitS <= LONGEST_WAIT_S;
        // Telegram closes a kept connection when it likes, so that a message that has just been sent on it is
        // lost; one that is there twice is the smaller evil.
        const isWorthIt = isAboutMarkup || isTooSoon || isConnectionLost(error);
        if (!isWorthIt || tries >= MOST_TRIES)
          throw new NotDeliveredError({
            place: `chat ${String(chatId)}`,
            problem: refused?.description ?? 'Telegram cannot be reached',
            cause: error,
          });
        if (isAboutMarkup) {
          log('Telegram could not read our markup', error);
          html = undefined;
        }
        await wait(waitS * 1_000);
      }
    }
  }

  async #complete(text: string): Promise<{ text: string; keyboard?: InlineKeyboardMarkup }> {
    const { withButtons, log } = this.#components;
    try {
      const { text: whole, rows } = await withButtons(text);
      if (rows.length === 0) return { text };
      const keyboard = rows.map((row) =>
        row.map(({ label, data }) => ({ text: label, callback_data: data })),
      );
      return { text: whole, keyboard: { inline_keyboard: keyboard } };
    } catch (error) {
      // The text says how to decide without buttons.
      log('no buttons could be put below a message', error);
      return { text };
    }
  }
}

// Markdown that cannot be read is shown as it is.
function formatted(
  text: string,
  log: (problem: string, error: unknown) => void,
): readonly TelegramPiece[] {
  try {
    return telegramPieces(text);
  } catch (error) {
    log('a text could not be formatted', error);
    return splitMessage(text, LONGEST_MESSAGE).map((piece) => ({ text: piece }));
  }
}
