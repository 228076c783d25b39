import type { BaseInteraction, Message } from 'discord.js';

/** A channel or a thread of a server, or a direct chat. */
export interface Place {
  readonly channelId: string;
  /** Of the server; none in a direct chat. */
  readonly guildId?: string | undefined;
}

/** The channel that the channel id of a room stands for. */
export function readPlace(channelId: string): Place | undefined {
  return /^\d{1,20}$/.test(channelId) ? { channelId } : undefined;
}

/** Whether one of these ids is the place's server, channel, or, for a thread, the channel that it is in; any is, when there are none. */
export function isIn(
  ids: readonly string[],
  {
    guildId,
    channelId,
    channel,
  }: Pick<BaseInteraction, 'guildId' | 'channelId'> & {
    readonly channel: BaseInteraction['channel'] | Message['channel'];
  },
): boolean {
  const parentId = channel?.isThread() ? channel.parentId : null;
  return ids.length === 0 || [guildId, channelId, parentId].some((id) => id && ids.includes(id));
}

/** Where somebody writes or presses. */
export function placeOf({
  channelId,
  guildId,
}: {
  readonly channelId: string;
  readonly guildId: string | null;
}): Place {
  return { channelId, ...(guildId === null ? {} : { guildId }) };
}
