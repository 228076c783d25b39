import type { Content, IAgentRuntime, Room, UUID } from '@elizaos/core';

const LOOKED_AT = 100;

/** Speaks in a room through whichever connector the room belongs to, and remembers having done so. */
export class RoomSpeaker {
  readonly #runtime: IAgentRuntime;

  constructor(runtime: IAgentRuntime) {
    this.#runtime = runtime;
  }

  /** Says it, unless the same was said there since, alone or as a part of more. */
  async sayOnce(roomId: string, text: string, sinceMs: number): Promise<void> {
    const room = await this.#runtime.getRoom(roomId as UUID);
    if (!room || (await this.#wasSaid(room.id, text, sinceMs))) return;
    const content = { text, source: room.source };
    await this.#remember(room, content);
    await this.#pass(room, content);
  }

  /** Says it through the room's connector; false when there is none that takes it. */
  async send(roomId: string, text: string): Promise<boolean> {
    const room = await this.#runtime.getRoom(roomId as UUID);
    if (!room) return false;
    const content = { text, source: room.source };
    if (!(await this.#pass(room, content))) return false;
    await this.#remember(room, content);
    return true;
  }

  async #remember({ id: roomId }: Room, content: Content): Promise<void> {
    const { agentId } = this.#runtime;
    await this.#runtime.createMemory({ entityId: agentId, agentId, roomId, content }, 'messages');
  }

  async #pass({ id: roomId, source, channelId }: Room, content: Content): Promise<boolean> {
    try {
      const target = { source, roomId, ...(channelId ? { channelId } : {}) };
      await this.#runtime.sendMessageToTarget(target, content);
      return true;
    } catch (error) {
      // A room without a connector (the terminal) shows it from its history.
      this.#runtime.logger.debug(
        { src: 'kernel:room-speaker', error },
        'no connector for the room',
      );
      return false;
    }
  }

  async #wasSaid(roomId: UUID, text: string, sinceMs: number): Promise<boolean> {
    const memories = await this.#runtime.getMemories({
      tableName: 'messages',
      roomId,
      start: sinceMs,
      count: LOOKED_AT,
    });
    const { agentId } = this.#runtime;
    return memories.some(
      ({ entityId, content }) => entityId === agentId && content.text?.includes(text),
    );
  }
}
