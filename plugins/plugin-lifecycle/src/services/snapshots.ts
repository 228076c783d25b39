import { createHash } from 'node:crypto';
import type { Task, TasksService } from '@371os/plugin-tasks';
import type { Approvals } from '@371os/plugin-treasury';
import type { AgentRecord } from '../domain/agent-record.ts';
import { snapshotSchema, snapshotWords, type Snapshot } from '../domain/snapshot.ts';
import { SnapshotDamagedError } from '../errors/lives.ts';
import type { AgentMemory } from '../ports/agent-memory.ts';
import type { Database } from '../store/database.ts';
import { insertSnapshot, newestSnapshot } from '../store/snapshot-store.ts';

export interface SnapshotsComponents {
  readonly database: Database;
  readonly tasks: Pick<TasksService, 'list' | 'submit'>;
  readonly approvals: Pick<Approvals, 'pending'>;
  readonly memoryOf: (agent: AgentRecord) => AgentMemory;
}

const OPEN = ['SUBMITTED', 'WORKING', 'INPUT_REQUIRED', 'AUTH_REQUIRED'] as const;
const MOST_TASKS = 1_000;

/** What agents knew when they were ended, and bringing it back. */
export class Snapshots {
  readonly #components: SnapshotsComponents;

  constructor(components: SnapshotsComponents) {
    this.#components = components;
  }

  /** Tasks of an agent that have not ended, oldest first. */
  async openTasks(agent: string): Promise<Task[]> {
    const { tasks } = this.#components;
    return (await tasks.list({ agent, states: [...OPEN], limit: MOST_TASKS })).toReversed();
  }

  /** Saves memory, open tasks and open approvals of an agent, once for a start of it. Returns it in words. */
  async take(agent: AgentRecord): Promise<string> {
    return this.#take(agent, `${agent.id}:${String(agent.generation)}`);
  }

  /** The same when its place is closed and it is not; once for each opening of that place. */
  async takeAt(agent: AgentRecord, turn: number): Promise<string> {
    return this.#take(agent, `${agent.id}:${String(agent.generation)}:${String(turn)}`);
  }

  async #take(agent: AgentRecord, key: string): Promise<string> {
    const { database, memoryOf } = this.#components;
    const { id, name, generation } = agent;
    const memory = await memoryOf(agent).save(agent);
    const snapshot: Snapshot = {
      ...{ version: 1, agentId: id, name, generation, memory },
      tasks: (await this.openTasks(name)).map(savedTask),
      approvals: await this.#approvalsIn(memory.rooms.map((room) => String(room['id']))),
    };
    const content = JSON.stringify(snapshot);
    await insertSnapshot(database, {
      ...{ id: key, agentId: id, generation, content },
      digest: digestOf(content),
    });
    return snapshotWords(snapshot);
  }

  /**
   * Gives an agent that was brought back what it knew, and its open tasks again; once.
   * @returns what it got, in words; undefined when nothing was saved
   * @throws SnapshotDamagedError
   */
  async bringBack(agent: AgentRecord): Promise<string | undefined> {
    const { memoryOf, tasks } = this.#components;
    const kept = await this.#newest(agent);
    if (!kept) return undefined;
    const { snapshot } = kept;
    await memoryOf(agent).restore(agent, snapshot.memory);
    for (const { id, text, requesterId, requesterRole, roomId, isConfidential } of snapshot.tasks)
      await tasks.submit({
        ...{ agent: agent.name, text, roomId, isConfidential },
        requester: { id: requesterId, role: requesterRole },
        reason: 'it was open when the agent was ended',
        idempotencyKey: `restored/${kept.id}/${id}`,
      });
    return snapshotWords(snapshot);
  }

  /** Gives an agent back what it knew when its place was closed; one that was never is left as it is. */
  async giveBack(agent: AgentRecord): Promise<void> {
    const kept = await this.#newest(agent);
    if (kept?.snapshot.generation !== agent.generation) return;
    await this.#components.memoryOf(agent).restore(agent, kept.snapshot.memory);
  }

  async #newest({
    id,
    name,
  }: AgentRecord): Promise<{ id: string; snapshot: Snapshot } | undefined> {
    const kept = await newestSnapshot(this.#components.database, id);
    if (!kept) return undefined;
    if (digestOf(kept.content) !== kept.digest) throw new SnapshotDamagedError({ name });
    return { id: kept.id, snapshot: snapshotSchema.parse(JSON.parse(kept.content)) };
  }

  async #approvalsIn(rooms: readonly string[]): Promise<Snapshot['approvals']> {
    const pending = await this.#components.approvals.pending();
    return pending
      .filter(({ room }) => room !== undefined && rooms.includes(room))
      .map(({ id, kind, summary }) => ({ id, kind, summary }));
  }
}

function savedTask(task: Task): Snapshot['tasks'][number] {
  const { id, text, state, requester, roomId, isConfidential, waitingFor } = task;
  const { id: requesterId, role: requesterRole } = requester;
  return { id, text, state, requesterId, requesterRole, roomId, isConfidential, waitingFor };
}

function digestOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}
