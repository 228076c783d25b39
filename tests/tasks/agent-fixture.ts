import { AgentRuntime, stringToUuid, type Plugin } from '@elizaos/core';
import sqlPlugin, { createDatabaseAdapter } from '@elizaos/plugin-sql';
import tasksPlugin, { tasksOf, TasksService, type NewTask } from '@371os/plugin-tasks';
import { fileDatabase } from '../support/fresh-database.ts';

/** A real agent that keeps tasks, on the PGlite of this test file unless it says otherwise. */
export interface TasksAgent {
  readonly runtime: AgentRuntime;
  readonly tasks: TasksService;
}

export async function startTasksAgent(
  place: { dataDir: string } = { dataDir: fileDatabase() },
  settings: Record<string, string> = {},
  name = 'Front Desk',
): Promise<TasksAgent> {
  const runtime = await makeAgent(place, name, settings, sqlPlugin);
  await runtime.initialize();
  return { runtime, tasks: await tasksOf(runtime) };
}

/**
 * The tasks of an agent on PostgreSQL. The agent itself is not initialised, since ElizaOS's own
 * tables want pgvector, which Debian's PostgreSQL does not bring.
 */
export async function startTasksOnPostgres(
  place: { postgresUrl: string },
  name = 'Front Desk',
): Promise<TasksAgent> {
  const runtime = await makeAgent(place, name, {}, tasksPlugin);
  return { runtime, tasks: await TasksService.start(runtime) };
}

async function makeAgent(
  place: { dataDir: string } | { postgresUrl: string },
  name: string,
  settings: Record<string, string>,
  migrated: Plugin,
): Promise<AgentRuntime> {
  const agentId = stringToUuid(name);
  const adapter = createDatabaseAdapter(place, agentId);
  await adapter.init();
  const base = [{ name: migrated.name, schema: migrated.schema }];
  await adapter.runPluginMigrations?.(base as never, { verbose: false });
  const character = { name, bio: 'Keeps tasks.', settings };
  return new AgentRuntime({ character, agentId, adapter, plugins: [tasksPlugin] });
}

/** A task for an agent, from the owner unless it says otherwise. */
export function taskFor(agent: string, more: Partial<NewTask> = {}): NewTask {
  return {
    agent,
    text: `work for ${agent}`,
    requester: { id: 'owner', role: 'owner' },
    roomId: 'room',
    isConfidential: false,
    ...more,
  };
}
