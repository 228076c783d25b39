import type { IAgentRuntime, UUID } from '@elizaos/core';

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
    await this.#runtime.createMemory(
      { entityId: this.#runtime.agentId, agentId: this.#runtime.agentId, roomId: room.id, content },
      'messages',
    );
    try {
      await this.#runtime.sendMessageToTarget(
        {
          source: room.source,
          roomId: room.id,
          ...(room.channelId ? { channelId: room.channelId } : {}),
        },
        content,
      );
    } catch (error) {
      // A room without a connector (the terminal) shows it from its history.
      this.#runtime.logger.debug(
        { src: 'kernel:room-speaker', error },
        'no connector for the room',
      );
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
