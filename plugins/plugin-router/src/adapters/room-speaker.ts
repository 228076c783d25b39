import type { IAgentRuntime, UUID } from '@elizaos/core';
import type { RoomVoice } from '../ports.ts';

/** Speaks in a room through whichever connector the room belongs to, and remembers having done so. */
export class RoomSpeaker implements RoomVoice {
  readonly #runtime: IAgentRuntime;

  constructor(runtime: IAgentRuntime) {
    this.#runtime = runtime;
  }

  async say(roomId: string, text: string): Promise<void> {
    const room = await this.#runtime.getRoom(roomId as UUID);
    if (!room) return;
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
        { src: 'router:room-speaker', error },
        'no connector for the room',
      );
    }
  }
}
