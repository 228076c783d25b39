import type { Principal } from '@371os/kernel';
import type { Context } from 'telegraf';
import type { Message } from 'telegraf/types';
import { readIncoming } from '../../domain/incoming.ts';
import { placeOf, type Place } from './place.ts';

/** A message that has been let in. */
export interface Admitted {
  readonly principal: Principal;
  readonly personId: string;
  readonly place: Place;
  readonly isPrivate: boolean;
}

export interface GateComponents {
  /** What to tell somebody who comes too often; nothing when it is empty. */
  readonly refusalOf: (id: string) => string | undefined;
  readonly principalOf: (id: string) => Promise<Principal>;
  readonly say: (place: Place, text: string) => Promise<unknown>;
  /** Does the rest of the way in for somebody. */
  readonly admit: (admitted: Admitted, next: () => Promise<void>) => Promise<void>;
}

/**
 * What comes in from Telegram at all: new messages of people, who are not too many, to this bot. The
 * official plugin would answer other bots, and every word in a group.
 */
export class TelegramGate {
  readonly #components: GateComponents;

  constructor(components: GateComponents) {
    this.#components = components;
  }

  async pass(context: Context, next: () => Promise<void>): Promise<void> {
    const { refusalOf, principalOf, say, admit } = this.#components;
    const { from, chat } = context;
    if (!from || from.is_bot || !chat) return;
    // A pressed button has a way of its own.
    if (context.callbackQuery) return next();
    const { message } = context;
    if (!message || !readInto(context, message)) return;
    const place = placeOf(message);
    const isPrivate = chat.type === 'private';
    const personId = String(from.id);
    const refusal = refusalOf(personId);
    if (refusal === undefined) {
      const principal = await principalOf(personId);
      await admit({ principal, personId, place, isPrivate }, next);
    } else if (refusal !== '') await say(place, refusal);
  }
}

// The official plugin reads the text out of the message, so what is meant is put there.
function readInto({ botInfo }: Context, message: Message): boolean {
  const {
    text,
    caption,
    reply_to_message: answered,
  } = message as Partial<Message.TextMessage & Message.CaptionableMessage>;
  const said = readIncoming(
    {
      text: text ?? caption ?? '',
      isGroup: message.chat.type !== 'private',
      isReply: answered?.from?.id === botInfo.id,
      isForwarded: 'forward_origin' in message,
    },
    botInfo.username,
  );
  if (said === undefined) return false;
  if (text !== undefined) Object.assign(message, { text: said });
  else if (caption !== undefined) Object.assign(message, { caption: said });
  return true;
}
