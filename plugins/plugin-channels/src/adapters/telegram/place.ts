import type { Message } from 'telegraf/types';

/** A chat, and the topic in it. */
export interface Place {
  readonly chatId: number;
  readonly threadId?: number | undefined;
}

/** The chat that the channel id of a room stands for: `-1001234`, or `-1001234-56` for a topic. */
export function readPlace(channelId: string): Place | undefined {
  const { chat, thread } = /^(?<chat>-?\d+)(?:-(?<thread>\d+))?$/.exec(channelId)?.groups ?? {};
  if (chat === undefined) return undefined;
  return { chatId: Number(chat), ...(thread === undefined ? {} : { threadId: Number(thread) }) };
}

/** The channel id of the room that the official plugin keeps for a chat, or for a topic. */
export function channelIdOf({ chatId, threadId }: Place): string {
  return threadId === undefined ? String(chatId) : `${String(chatId)}-${String(threadId)}`;
}

/** Where a message is. */
export function placeOf(message: Message): Place {
  const {
    chat,
    is_topic_message: isTopic,
    message_thread_id: threadId,
  } = message as Message.TextMessage;
  return { chatId: chat.id, ...(isTopic && threadId !== undefined ? { threadId } : {}) };
}
