import type { Content, ElizaOS, IAgentRuntime, Room, UUID } from '@elizaos/core';

const LOOKED_AT = 100;
// What the router calls the rooms in which agents work; their channel is the room of the request.
const WORK = '371os';
const UUID_TEXT = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

interface Place {
  /** Whose room it is. */
  readonly runtime: IAgentRuntime;
  readonly room: Room;
}

/**
 * Speaks in a room through whichever connector the room belongs to, and remembers having done so. In a
 * room where an agent works on what was asked elsewhere nobody reads: it speaks where that was asked.
 */
export class RoomSpeaker {
  readonly #runtime: IAgentRuntime;

  constructor(runtime: IAgentRuntime) {
    this.#runtime = runtime;
  }

  /** Says it, unless the same was said there since, alone or as a part of more. */
  async sayOnce(roomId: string, text: string, sinceMs: number): Promise<void> {
    const place = await this.#placeOf(roomId);
    if (!place || (await wasSaid(place, text, sinceMs))) return;
    const content = { text, source: place.room.source };
    await remember(place, content);
    await pass(place, content);
  }

  /** Says it through the room's connector; false when there is none that takes it. */
  async send(roomId: string, text: string): Promise<boolean> {
    const place = await this.#placeOf(roomId);
    if (!place) return false;
    const content = { text, source: place.room.source };
    if (!(await pass(place, content))) return false;
    await remember(place, content);
    return true;
  }

  async #placeOf(roomId: string): Promise<Place | undefined> {
    const place = await this.#find(roomId);
    const { source, channelId = '' } = place?.room ?? {};
    if (source !== WORK || !UUID_TEXT.test(channelId)) return place;
    return (await this.#find(channelId)) ?? place;
  }

  // Each agent sees its own rooms alone; who carries a plan out need not be who made it. An agent of
  // another process cannot be made to speak from here.
  async #find(roomId: string): Promise<Place | undefined> {
    const company = this.#runtime.elizaOS as ElizaOS | undefined;
    for (const runtime of [this.#runtime, ...(company?.getAgents() ?? [])]) {
      const room = await runtime.getRoom(roomId as UUID);
      if (room) return { runtime, room };
    }
    return undefined;
  }
}

async function remember({ runtime, room: { id: roomId } }: Place, content: Content): Promise<void> {
  const { agentId } = runtime;
  await runtime.createMemory({ entityId: agentId, agentId, roomId, content }, 'messages');
}

async function pass({ runtime, room }: Place, content: Content): Promise<boolean> {
  const { id: roomId, source, channelId } = room;
  try {
    const target = { source, roomId, ...(channelId ? { channelId } : {}) };
    await runtime.sendMessageToTarget(target, content);
    return true;
  } catch (error) {
    // A room without a connector (the terminal) shows it from its history.
    runtime.logger.debug({ src: 'kernel:room-speaker', error }, 'no connector for the room');
    return false;
  }
}

async function wasSaid({ runtime, room }: Place, text: string, sinceMs: number): Promise<boolean> {
  const memories = await runtime.getMemories({
    tableName: 'messages',
    roomId: room.id,
    start: sinceMs,
    count: LOOKED_AT,
  });
  const { agentId } = runtime;
  return memories.some(
    ({ entityId, content }) => entityId === agentId && content.text?.includes(text),
  );
}
