import { AgentRuntime, stringToUuid } from '@elizaos/core';
import sqlPlugin, { createDatabaseAdapter } from '@elizaos/plugin-sql';
import tasksPlugin, { tasksOf, type NewTask, type TasksService } from '@371os/plugin-tasks';

/** A real agent that keeps tasks, on PGlite in memory unless it says otherwise. */
export interface TasksAgent {
  readonly runtime: AgentRuntime;
  readonly tasks: TasksService;
}

export async function startTasksAgent(
  place: { dataDir: string } | { postgresUrl: string } = { dataDir: 'memory://' },
  settings: Record<string, string> = {},
  name = 'Front Desk',
): Promise<TasksAgent> {
  const agentId = stringToUuid(name);
  const adapter = createDatabaseAdapter(place, agentId);
  await adapter.init();
  const base = [{ name: sqlPlugin.name, schema: sqlPlugin.schema }];
  await adapter.runPluginMigrations?.(base as never, { verbose: false });
  const runtime = new AgentRuntime({
    character: { name, bio: 'Keeps tasks.', settings },
    agentId,
    adapter,
    plugins: [tasksPlugin],
  });
  await runtime.initialize();
  return { runtime, tasks: await tasksOf(runtime) };
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
