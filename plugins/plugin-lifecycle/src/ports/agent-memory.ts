import type { AgentRecord } from '../domain/agent-record.ts';
import type { SavedMemory } from '../domain/snapshot.ts';

/** What agents remember, wherever they keep it. */
export interface AgentMemory {
  save(agent: AgentRecord): Promise<SavedMemory>;
  /** Puts back what is not there any more. */
  restore(agent: AgentRecord, saved: SavedMemory): Promise<void>;
}
