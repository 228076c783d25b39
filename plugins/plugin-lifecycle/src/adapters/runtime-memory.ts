import type { IAgentRuntime, Memory, Room, UUID } from '@elizaos/core';
import type { AgentRecord } from '../domain/agent-record.ts';
import type { SavedMemory } from '../domain/snapshot.ts';
import type { AgentMemory } from '../ports/agent-memory.ts';

// ElizaOS's kinds of memories. The newest so many of each are kept.
const TABLES = ['messages', 'facts', 'documents', 'knowledge'];
const MOST_MEMORIES = 5_000;

/** What agents on the company's own database remember. */
export class RuntimeMemory implements AgentMemory {
  readonly #runtime: IAgentRuntime;

  /** @param runtime any agent on that database */
  constructor(runtime: IAgentRuntime) {
    this.#runtime = runtime;
  }

  async save({ id }: Pick<AgentRecord, 'id'>): Promise<SavedMemory> {
    const runtime = this.#runtime;
    const agentId = id as UUID;
    const memories: SavedMemory['memories'] = {};
    for (const tableName of TABLES) {
      const found = await runtime.getMemories({ tableName, agentId, count: MOST_MEMORIES });
      if (found.length > 0) memories[tableName] = found.toReversed().map(withoutEmbedding);
    }
    const rooms =
      (await runtime.getRoomsByIds(await runtime.getRoomsForParticipant(agentId))) ?? [];
    return { rooms: rooms.map((room) => ({ ...room })), memories };
  }

  async restore({ id }: Pick<AgentRecord, 'id'>, saved: SavedMemory): Promise<void> {
    const runtime = this.#runtime;
    const agentId = id as UUID;
    for (const fields of saved.rooms) {
      const room = fields as unknown as Room;
      await runtime.ensureRoomExists({ ...room, agentId });
      await runtime.ensureParticipantInRoom(agentId, room.id);
    }
    const known = new Set<UUID>();
    for (const [tableName, rows] of Object.entries(saved.memories))
      for (const fields of rows) {
        const memory = fields as unknown as Memory;
        await this.#ensureSpeaker(memory.entityId, agentId, known);
        const isThere =
          memory.id !== undefined && (await runtime.getMemoryById(memory.id)) !== null;
        if (!isThere) await runtime.createMemory({ ...memory, agentId }, tableName);
      }
  }

  // Where it was hosted elsewhere, others spoke with it than are known here.
  async #ensureSpeaker(id: UUID, agentId: UUID, known: Set<UUID>): Promise<void> {
    if (known.has(id)) return;
    known.add(id);
    const runtime = this.#runtime;
    if ((await runtime.getEntityById(id)) === null)
      await runtime.createEntity({ id, agentId, names: [`User${id}`], metadata: {} });
  }
}

function withoutEmbedding({ embedding: _embedding, ...memory }: Memory): Record<string, unknown> {
  return memory;
}
