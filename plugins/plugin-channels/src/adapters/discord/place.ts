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
