import {
  MessageFlags,
  Routes,
  type ChatInputCommandInteraction,
  type Interaction,
  type REST,
} from 'discord.js';
import type { GivenOptions } from '../../domain/application-commands.ts';
import { placeOf, type Place } from './place.ts';
import type { Outgoing, Post } from './sender.ts';

/** Somebody gives one of the commands that Discord offers. */
export interface Typed {
  readonly interaction: ChatInputCommandInteraction;
  /** As it would be written in a chat: `/cap llm 50 month`. */
  readonly text: string;
  /** Says what comes of it. */
  readonly answer: (text: string) => Promise<void>;
}

export interface TypedComponents {
  readonly rest: REST;
  readonly isAllowed: (interaction: Interaction) => boolean;
  /** What to tell somebody who comes too often. */
  readonly refusalOf: (id: string) => string | undefined;
  /** The chat line that a command with its options stands for. */
  readonly lineOf: (name: string, given: GivenOptions) => string;
  readonly carryOut: (typed: Typed) => Promise<void>;
  readonly say: (place: Place, text: string, how: { post?: Post }) => Promise<readonly unknown[]>;
}

// What an interaction began can be answered for 15 min.
const ANSWERABLE_MS = 14 * 60_000;
const NOT_HERE = 'I do not answer in this channel.';
const TOO_OFTEN = 'Wait a minute.';

/** Commands that were picked from what Discord offers. */
export class DiscordTyped {
  readonly #components: TypedComponents;

  constructor(components: TypedComponents) {
    this.#components = components;
  }

  async take(interaction: ChatInputCommandInteraction): Promise<void> {
    const { isAllowed, refusalOf, lineOf, carryOut, say } = this.#components;
    const refusal = isAllowed(interaction) ? refusalOf(interaction.user.id) : NOT_HERE;
    if (refusal !== undefined) {
      await interaction.reply({ content: refusal || TOO_OFTEN, flags: MessageFlags.Ephemeral });
      return;
    }
    await interaction.deferReply();
    const post = this.#postTo(interaction);
    const said: unknown[] = [];
    try {
      await carryOut({
        interaction,
        text: lineOf(interaction.commandName, givenIn(interaction)),
        answer: async (text) => {
          const isLate = Date.now() - interaction.createdTimestamp > ANSWERABLE_MS;
          said.push(...(await say(placeOf(interaction), text, isLate ? {} : { post })));
        },
      });
    } finally {
      // It would say for a quarter of an hour that the bot is thinking.
      if (said.length === 0) await interaction.deleteReply();
    }
  }

  // The first answer takes the place of the words that the bot is thinking.
  #postTo({ applicationId, token }: ChatInputCommandInteraction): Post {
    const { rest } = this.#components;
    let isFirst = true;
    return (body: Outgoing) => {
      const options = { body, auth: false };
      const wasFirst = isFirst;
      isFirst = false;
      return wasFirst
        ? rest.patch(Routes.webhookMessage(applicationId, token, '@original'), options)
        : rest.post(Routes.webhook(applicationId, token), options);
    };
  }
}

function givenIn({ options }: ChatInputCommandInteraction): GivenOptions {
  return Object.fromEntries(
    options.data.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
  );
}
