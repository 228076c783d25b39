import { setTimeout as wait } from 'node:timers/promises';
import { MessageFlags, Routes, type ButtonInteraction, type REST } from 'discord.js';
import { readPressed, type PressedDecision } from '../../domain/approval-buttons.ts';
import { discordPieces } from '../../domain/discord-markdown.ts';
import { placeOf, type Place } from './place.ts';

/** Somebody presses a button. */
export interface Press {
  readonly interaction: ButtonInteraction;
  readonly decision: PressedDecision;
}

/** What came of a decision, in words. */
export interface Outcome {
  readonly text: string;
  readonly isRefused: boolean;
}

export interface PressesComponents {
  readonly rest: REST;
  /** What to tell somebody who comes too often. */
  readonly refusalOf: (id: string) => string | undefined;
  readonly decide: (press: Press) => Promise<Outcome>;
  /** Whether a request still waits. */
  readonly isWaiting: (id: string) => Promise<boolean>;
  readonly say: (place: Place, text: string, how: { replyTo: string }) => Promise<unknown>;
  readonly log: (problem: string, error: unknown) => void;
}

// Discord gives up after 3 s.
const ANSWER_WITHIN_MS = 2_000;
const NO_USE = 'This button is of no use any more.';
const TOO_OFTEN = 'Wait a minute.';

/** Pressed buttons: a refusal is shown to who pressed alone, what was done to the whole channel. */
export class DiscordPresses {
  readonly #components: PressesComponents;

  constructor(components: PressesComponents) {
    this.#components = components;
  }

  async take(interaction: ButtonInteraction): Promise<void> {
    const decision = readPressed(interaction.customId);
    const refusal = decision ? this.#components.refusalOf(interaction.user.id) : NO_USE;
    if (!decision || refusal !== undefined) {
      await interaction.reply(whisper(refusal === '' ? TOO_OFTEN : (refusal ?? NO_USE)));
      return;
    }
    await this.#carryOut({ interaction, decision });
    await this.#tidy({ interaction, decision });
  }

  async #carryOut(press: Press): Promise<void> {
    const { interaction } = press;
    const { decide, say } = this.#components;
    const deciding = decide(press);
    const early = await Promise.race([deciding, wait(ANSWER_WITHIN_MS, undefined)]);
    if (early?.isRefused) {
      await interaction.reply(whisper(early.text));
      return;
    }
    await interaction.deferUpdate();
    const { text, isRefused } = await deciding;
    if (isRefused) await interaction.followUp(whisper(text));
    else await say(placeOf(interaction), text, { replyTo: interaction.message.id });
  }

  async #tidy({ interaction, decision }: Press): Promise<void> {
    const { rest, isWaiting, log } = this.#components;
    const { channelId, message } = interaction;
    if (await isWaiting(decision.id)) return;
    const components = message.components
      .map((row) => row.toJSON())
      .filter(
        (row) =>
          !row.components.some(
            (button) => 'custom_id' in button && readPressed(button.custom_id)?.id === decision.id,
          ),
      );
    try {
      await rest.patch(Routes.channelMessage(channelId, message.id), { body: { components } });
    } catch (error) {
      // The message itself may be gone; its buttons would do nothing any more.
      log('buttons could not be taken away', error);
    }
  }
}

function whisper(text: string): {
  content: string;
  flags: MessageFlags.Ephemeral;
  allowedMentions: { parse: [] };
} {
  const [content = NO_USE] = discordPieces(text);
  return { content, flags: MessageFlags.Ephemeral, allowedMentions: { parse: [] } };
}
