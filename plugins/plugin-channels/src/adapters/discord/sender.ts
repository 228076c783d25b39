import { KeyedQueue } from '@371os/kernel';
import {
  ButtonStyle,
  ComponentType,
  MessageFlags,
  Routes,
  type APIActionRowComponent,
  type APIButtonComponentWithCustomId,
  type APIMessage,
  type REST,
} from 'discord.js';
import { readPressed, type Button } from '../../domain/approval-buttons.ts';
import { discordPieces } from '../../domain/discord-markdown.ts';
import { NotDeliveredError } from '../../errors/channels.ts';
import type { Place } from './place.ts';
import { refusalIn } from './refusal.ts';

type Row = APIActionRowComponent<APIButtonComponentWithCustomId>;

/** A message as Discord takes it. */
export interface Outgoing {
  readonly content: string;
  readonly flags: number;
  readonly allowed_mentions: { readonly parse: readonly never[] };
  readonly message_reference?: {
    readonly message_id: string;
    readonly fail_if_not_exists: boolean;
  };
  readonly components?: readonly Row[];
}

/** Puts a message where it belongs. */
export type Post = (body: Outgoing) => Promise<unknown>;

export interface SenderComponents {
  readonly rest: REST;
  /** A text as it is to be said, and the buttons that belong below it, by rows. */
  readonly withButtons: (text: string) => Promise<{ text: string; rows: Button[][] }>;
  readonly log: (problem: string, error: unknown) => void;
}

/** Says things on Discord: in pieces, in order, with buttons below what asks for a decision, calling nobody. */
export class DiscordSender {
  readonly #components: SenderComponents;
  readonly #queue = new KeyedQueue();

  constructor(components: SenderComponents) {
    this.#components = components;
  }

  /**
   * @param how what it answers, and how it gets there if not by the channel
   * @throws NotDeliveredError
   */
  async send(
    place: Place,
    text: string,
    how: { readonly replyTo?: string; readonly post?: Post } = {},
  ): Promise<APIMessage[]> {
    return this.#queue.run(place.channelId, () => this.#sendPieces(place, text, how));
  }

  async #sendPieces(
    { channelId }: Place,
    text: string,
    { replyTo, post = (body) => this.#post(channelId, body) }: { replyTo?: string; post?: Post },
  ): Promise<APIMessage[]> {
    const { text: whole, rows } = await this.#complete(text);
    const pieces = discordPieces(whole);
    const sent: APIMessage[] = [];
    for (const [index, content] of pieces.entries()) {
      const body: Outgoing = {
        content,
        flags: MessageFlags.SuppressEmbeds,
        allowed_mentions: { parse: [] },
        // What it answers may have been deleted.
        ...(index === 0 && replyTo !== undefined
          ? { message_reference: { message_id: replyTo, fail_if_not_exists: false } }
          : {}),
        ...(index === pieces.length - 1 && rows.length > 0 ? { components: rows } : {}),
      };
      sent.push((await delivered(channelId, post(body))) as APIMessage);
    }
    return sent;
  }

  #post(channelId: string, body: Outgoing): Promise<unknown> {
    return this.#components.rest.post(Routes.channelMessages(channelId), { body });
  }

  async #complete(text: string): Promise<{ text: string; rows: Row[] }> {
    const { withButtons, log } = this.#components;
    try {
      const { text: whole, rows } = await withButtons(text);
      return { text: whole, rows: rows.map(rowOf) };
    } catch (error) {
      // The text says how to decide without buttons.
      log('no buttons could be put below a message', error);
      return { text, rows: [] };
    }
  }
}

function rowOf(buttons: readonly Button[]): Row {
  return {
    type: ComponentType.ActionRow,
    components: buttons.map(({ label, data }) => ({
      type: ComponentType.Button,
      style: readPressed(data)?.verdict === 'approve' ? ButtonStyle.Success : ButtonStyle.Danger,
      label,
      custom_id: data,
    })),
  };
}

async function delivered(channelId: string, sending: Promise<unknown>): Promise<unknown> {
  try {
    return await sending;
  } catch (error) {
    throw new NotDeliveredError({
      place: `channel ${channelId}`,
      problem: refusalIn(error)?.message ?? 'Discord cannot be reached',
      cause: error,
    });
  }
}
