import {
  ChannelType,
  createUniqueUuid,
  type IAgentRuntime,
  type Memory,
  type UUID,
} from '@elizaos/core';
import { processWide } from './process-wide.ts';

// ElizaOS shows an agent what it and a person said in their other rooms, so a confidential exchange
// gets a room, a person and a world of its own: nothing that is looked up for a public message
// reaches it. What slips through all the same (a title made from a web channel, say) is caught by
// its words before a prompt leaves the machine.

const SHORTEST_RECOGNISED = 12;

function texts(): Set<string> {
  return processWide('confidential-texts', () => new Set<string>());
}

/** Remembers words that must not leave the machine. Very short texts cannot be recognised. */
export function rememberConfidential(text: string): void {
  const words = normalise(text);
  if (words.length >= SHORTEST_RECOGNISED) texts().add(words);
}

/** Whether a text repeats, word for word, something that was said in confidence. */
export function repeatsConfidential(text: string): boolean {
  if (texts().size === 0) return false;
  const words = normalise(text);
  for (const secret of texts()) if (words.includes(secret)) return true;
  return false;
}

/** The world that holds an agent's confidential rooms. */
export function confidentialWorldOf(runtime: IAgentRuntime): UUID {
  return createUniqueUuid(runtime, '371os:confidential');
}

/** The same message in the confidential twin of its room, which is made when it is missing. */
export async function moveToConfidentialRoom(
  runtime: IAgentRuntime,
  message: Memory,
): Promise<Memory> {
  const worldId = confidentialWorldOf(runtime);
  const room = await runtime.getRoom(message.roomId);
  if (room?.worldId === worldId) return message;
  const roomId = confidentialTwin(runtime, message.roomId);
  const entityId = confidentialTwin(runtime, message.entityId);
  await runtime.ensureConnection({
    entityId,
    roomId,
    worldId,
    source: message.content.source ?? 'unknown',
    channelId: roomId,
    type: ChannelType.DM,
    worldName: 'Confidential',
  });
  return { ...message, roomId, entityId, worldId };
}

/** Where a memory made in confidence belongs: the twin of the room it was meant for. */
export async function confidentialRoomOf(runtime: IAgentRuntime, roomId: UUID): Promise<UUID> {
  const room = await runtime.getRoom(roomId);
  return room?.worldId === confidentialWorldOf(runtime)
    ? roomId
    : confidentialTwin(runtime, roomId);
}

/** Reads back what was said in confidence before this process started. */
export async function recallConfidential(runtime: IAgentRuntime): Promise<void> {
  const rooms = await runtime.getRooms(confidentialWorldOf(runtime));
  if (rooms.length === 0) return;
  const memories = await runtime.getMemoriesByRoomIds({
    tableName: 'messages',
    roomIds: rooms.map((room) => room.id),
  });
  for (const memory of memories) rememberConfidential(memory.content.text ?? '');
}

/** The id of the confidential twin of a room, or of a person in it. */
export function confidentialTwin(runtime: IAgentRuntime, id: UUID): UUID {
  return createUniqueUuid(runtime, `371os:confidential:${id}`);
}

function normalise(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim();
}
