import type { Content, ElizaOS, IAgentRuntime, Room, UUID } from '@elizaos/core';
import { processWide } from './process-wide.ts';

/** A room that people read, and the agent whose room it is. */
interface HeardRoom {
  readonly runtime: IAgentRuntime;
  readonly room: Room;
}

/** Where something is to be said: in a room of an agent of this process, or in one that is not known here. */
interface Place {
  readonly heard?: HeardRoom | undefined;
  readonly farId?: string | undefined;
}

/**
 * Has the process that has an agent say something in a room of that agent, once since then; false when there is no such
 * room, or nobody takes it.
 */
export type FarVoice = (roomId: string, text: string, sinceMs: number) => Promise<boolean>;

const farVoices = processWide('far-voices', () => new WeakMap<IAgentRuntime, FarVoice>());

/** Lets an agent be heard in rooms of agents that run in other processes. */
export function speakFar(runtime: IAgentRuntime, voice: FarVoice): void {
  farVoices.set(runtime, voice);
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
    const { heard, farId } = await this.#placeOf(roomId as UUID);
    if (await this.#saidFar(farId, text, sinceMs)) return;
    if (!heard || (await wasSaid(heard, text, sinceMs))) return;
    const content = { text, source: heard.room.source };
    await remember(heard, content);
    await pass(heard, content);
  }

  /** Says it through the room's connector; false when there is none that takes it. Another process says it by itself. */
  async send(roomId: string, text: string): Promise<boolean> {
    const { heard, farId } = await this.#placeOf(roomId as UUID);
    if (await this.#saidFar(farId, text, Date.now())) return true;
    if (!heard) return false;
    const content = { text, source: heard.room.source };
    if (!(await pass(heard, content))) return false;
    await remember(heard, content);
    return true;
  }

  async #saidFar(farId: string | undefined, text: string, sinceMs: number): Promise<boolean> {
    const say = farVoices.get(this.#runtime);
    return farId !== undefined && say !== undefined && (await say(farId, text, sinceMs));
  }

  async #placeOf(roomId: UUID): Promise<Place> {
    let heard = await this.#find(roomId);
    if (!heard) return { farId: roomId };
    for (let steps = 0; heard.room.source === WORK_SOURCE && steps < MOST_STEPS; steps += 1) {
      const asked = askedIn(heard.room);
      if (asked === undefined) break;
      const found = await this.#find(asked);
      if (!found) return { heard, farId: asked };
      heard = found;
    }
    return { heard };
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

// One made in confidence leads nowhere else.
function askedIn({ id, channelId }: Room): UUID | undefined {
  return channelId === undefined || channelId === id ? undefined : (channelId as UUID);
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
