import { setTimeout as wait } from 'node:timers/promises';
import type { Context, Telegram } from 'telegraf';
import type { Message } from 'telegraf/types';
import { readPressed, type PressedDecision } from '../../domain/approval-buttons.ts';
import { shorten } from '../../domain/command-menu.ts';
import { placeOf, type Place } from './place.ts';

/** Somebody presses a button. */
export interface Press {
  /** Of this press alone. */
  readonly id: string;
  readonly personId: string;
  readonly place: Place;
  readonly decision: PressedDecision;
}

/** What came of a decision, in words. */
export interface Outcome {
  readonly text: string;
  readonly isRefused: boolean;
}

export interface PressesComponents {
  readonly telegram: Telegram;
  /** What to tell somebody who comes too often. */
  readonly refusalOf: (id: string) => string | undefined;
  readonly decide: (press: Press) => Promise<Outcome>;
  /** Whether a request still waits. */
  readonly isWaiting: (id: string) => Promise<boolean>;
  readonly say: (place: Place, text: string, replyTo: number) => Promise<unknown>;
  readonly log: (problem: string, error: unknown) => void;
}

// Telegram shows a button as pressed for some seconds only, and an alert of so many units.
const ANSWER_WITHIN_MS = 2_000;
const LONGEST_ALERT = 200;
const NO_USE = 'This button is of no use any more.';

/** Pressed buttons: a refusal is shown to who pressed alone, what was done to the whole chat. */
export class TelegramPresses {
  readonly #components: PressesComponents;

  constructor(components: PressesComponents) {
    this.#components = components;
  }

  async take(context: Context): Promise<void> {
    const { callbackQuery: query, from } = context;
    if (!query || !from) return;
    const { refusalOf } = this.#components;
    const decision = 'data' in query ? readPressed(query.data) : undefined;
    const message = query.message as Message.TextMessage | undefined;
    const refusal = decision && message ? refusalOf(String(from.id)) : NO_USE;
    if (!decision || !message || refusal !== undefined) {
      await context.answerCbQuery(shorten(refusal ?? NO_USE, LONGEST_ALERT));
      return;
    }
    const place = placeOf(message);
    await this.#carryOut(context, { id: query.id, personId: String(from.id), place, decision });
    await this.#tidy(message, decision.id);
  }

  async #carryOut(context: Context, press: Press): Promise<void> {
    const { decide, say } = this.#components;
    const outcome = decide(press);
    const early = await Promise.race([outcome, wait(ANSWER_WITHIN_MS, undefined)]);
    if (early?.isRefused) {
      await context.answerCbQuery(shorten(early.text, LONGEST_ALERT), {
        show_alert: true,
      });
      return;
    }
    await context.answerCbQuery();
    await say(press.place, (await outcome).text, context.callbackQuery?.message?.message_id ?? 0);
  }

  async #tidy(
    { chat, message_id, reply_markup: markup }: Message.TextMessage,
    id: string,
  ): Promise<void> {
    const { telegram, isWaiting, log } = this.#components;
    if (await isWaiting(id)) return;
    const rows = (markup?.inline_keyboard ?? []).filter(
      (row) =>
        !row.some(
          (button) => 'callback_data' in button && readPressed(button.callback_data)?.id === id,
        ),
    );
    try {
      await telegram.editMessageReplyMarkup(chat.id, message_id, undefined, {
        inline_keyboard: rows,
      });
    } catch (error) {
      // Somebody else has taken them away, or the message itself; they would do nothing any more.
      log('buttons could not be taken away', error);
    }
  }
}
