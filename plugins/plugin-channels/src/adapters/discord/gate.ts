import type { Principal } from '@371os/kernel';
import { MessageReferenceType, type Message } from 'discord.js';
import { readMention } from '../../domain/incoming-mention.ts';
import { placeOf, type Place } from './place.ts';

/** A message that has been let in. */
export interface Admitted {
  readonly principal: Principal;
  readonly place: Place;
  readonly message: Message;
  /** What it says to the bot. */
  readonly text: string;
}

export interface GateComponents {
  readonly botId: () => string;
  readonly isAllowed: (message: Message) => boolean;
  /** What to tell somebody who comes too often; nothing when it is empty. */
  readonly refusalOf: (id: string) => string | undefined;
  readonly principalOf: (id: string) => Promise<Principal>;
  readonly say: (place: Place, text: string, how: { replyTo: string }) => Promise<unknown>;
  /** Does the rest of the way in for somebody. */
  readonly admit: (admitted: Admitted) => Promise<void>;
}

/**
 * What comes in from Discord at all: new messages of people, who are not too many, to this bot. The
 * official plugin would answer other bots and every word in a channel, and read what links lead to.
 */
export class DiscordGate {
  readonly #components: GateComponents;

  constructor(components: GateComponents) {
    this.#components = components;
  }

  async pass(message: Message): Promise<void> {
    const { isAllowed, refusalOf, principalOf, say, admit } = this.#components;
    const { author, system } = message;
    if (author.bot || system || !isAllowed(message)) return;
    const text = this.#read(message);
    if (text === undefined) return;
    const place = placeOf(message);
    const refusal = refusalOf(author.id);
    if (refusal === undefined)
      await admit({ principal: await principalOf(author.id), place, message, text });
    else if (refusal !== '') await say(place, refusal, { replyTo: message.id });
  }

  #read(message: Message): string | undefined {
    const { content, guildId, mentions, reference, messageSnapshots } = message;
    const botId = this.#components.botId();
    const isForward = reference?.type === MessageReferenceType.Forward;
    return readMention(
      {
        text: content,
        isGroup: guildId !== null,
        isForBot: mentions.users.has(botId),
        forwarded: isForward ? (messageSnapshots.first()?.content ?? '') : undefined,
        names: new Map(mentions.users.map(({ id, username }) => [id, username])),
      },
      botId,
    );
  }
}
