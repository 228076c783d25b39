import { z } from 'zod';

const record = z.record(z.string(), z.unknown());

/** What an agent remembers. */
export const savedMemorySchema = z.object({
  /** ElizaOS's rooms that it is in. */
  rooms: z.array(record),
  /** Rows of ElizaOS's memory tables, by table, oldest first; embeddings are computed again. */
  memories: z.record(z.string(), z.array(record)),
});
export type SavedMemory = z.output<typeof savedMemorySchema>;

/** A task that had not ended. */
const savedTask = z.object({
  id: z.string(),
  text: z.string(),
  state: z.string(),
  requesterId: z.string(),
  requesterRole: z.enum(['guest', 'admin', 'owner']),
  roomId: z.string(),
  isConfidential: z.boolean(),
  waitingFor: z.string().optional(),
});

/** All that an agent leaves behind for whoever brings it back. */
export const snapshotSchema = z.object({
  version: z.literal(1),
  agentId: z.string(),
  name: z.string(),
  generation: z.number(),
  memory: savedMemorySchema,
  tasks: z.array(savedTask),
  /** Approvals that were open in its rooms. */
  approvals: z.array(z.object({ id: z.string(), kind: z.string(), summary: z.string() })),
});
export type Snapshot = z.output<typeof snapshotSchema>;

/** What a snapshot holds, in words. */
export function snapshotWords({ memory, tasks, approvals }: Snapshot): string {
  const remembered = Object.values(memory.memories).reduce((sum, rows) => sum + rows.length, 0);
  return [
    counted(remembered, 'memory', 'memories'),
    counted(tasks.length, 'open task'),
    counted(approvals.length, 'open approval'),
  ].join(', ');
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}
