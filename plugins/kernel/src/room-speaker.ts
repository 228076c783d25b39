import type { Content, ElizaOS, IAgentRuntime, Room, UUID } from '@elizaos/core';

/** A room that people read, and the agent whose room it is. */
interface HeardRoom {
  readonly runtime: IAgentRuntime;
  readonly room: Room;
}

/** The source of rooms in which agents work on what was asked elsewhere: their channel is that room. */
export const WORK_SOURCE = '371os';

const LOOKED_AT = 100;
const MOST_STEPS = 8;

/**
 * Speaks in a room through whichever connector the room belongs to, and remembers having done so. What is for a room
 * in which an agent only works is said where that work was asked for, by the agent that was asked there.
 */
export class RoomSpeaker {
  readonly #runtime: IAgentRuntime;

  constructor(runtime: IAgentRuntime) {
    this.#runtime = runtime;
  }

  /** Says it, unless the same was said there since, alone or as a part of more. */
  async sayOnce(roomId: string, text: string, sinceMs: number): Promise<void> {
    const heard = await this.#heardIn(roomId as UUID);
    if (!heard || (await wasSaid(heard, text, sinceMs))) return;
    const content = { text, source: heard.room.source };
    await remember(heard, content);
    await pass(heard, content);
  }

  /** Says it through the room's connector; false when there is none that takes it. */
  async send(roomId: string, text: string): Promise<boolean> {
    const heard = await this.#heardIn(roomId as UUID);
    if (!heard) return false;
    const content = { text, source: heard.room.source };
    if (!(await pass(heard, content))) return false;
    await remember(heard, content);
    return true;
  }

  async #heardIn(roomId: UUID): Promise<HeardRoom | undefined> {
    let heard = await this.#find(roomId);
    for (let steps = 0; heard?.room.source === WORK_SOURCE && steps < MOST_STEPS; steps += 1) {
      const asked = await this.#askedIn(heard.room);
      if (!asked) break;
      heard = asked;
    }
    return heard;
  }

  // One made in confidence leads nowhere else.
  async #askedIn({ id, channelId }: Room): Promise<HeardRoom | undefined> {
    return channelId === undefined || channelId === id ? undefined : this.#find(channelId as UUID);
  }

  // Each agent sees its own rooms alone, and who carries a plan out need not be who made it. The room of an
  // agent in another process is not found here.
  async #find(roomId: UUID): Promise<HeardRoom | undefined> {
    const agents = (this.#runtime.elizaOS as ElizaOS | undefined)?.getAgents() ?? [];
    for (const runtime of [this.#runtime, ...agents]) {
      const room = await runtime.getRoom(roomId);
      if (room) return { runtime, room };
    }
    return undefined;
  }
}

async function remember({ runtime, room }: HeardRoom, content: Content): Promise<void> {
  const { agentId } = runtime;
  const memory = { entityId: agentId, agentId, roomId: room.id, content };
  await runtime.createMemory(memory, 'messages');
}

async function pass({ runtime, room }: HeardRoom, content: Content): Promise<boolean> {
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

async function wasSaid(
  { runtime, room }: HeardRoom,
  text: string,
  sinceMs: number,
): Promise<boolean> {
  const { agentId } = runtime;
  const memories = await runtime.getMemories({
    tableName: 'messages',
    roomId: room.id,
    start: sinceMs,
    count: LOOKED_AT,
  });
  return memories.some(
    ({ entityId, content }) => entityId === agentId && content.text?.includes(text),
  );
}
