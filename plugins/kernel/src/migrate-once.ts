import type { IDatabaseAdapter } from '@elizaos/core';
import { KeyedQueue } from './keyed-queue.ts';
import { processWide } from './process-wide.ts';

/** The part of an agent that brings tables up to date when it starts. */
export interface MigratingAgent {
  readonly adapter: Pick<IDatabaseAdapter, 'getConnection' | 'runPluginMigrations'>;
  runPluginMigrations(): Promise<void>;
}

/**
 * Has the agents of a process that share a database migrate one after the other, and each plugin's
 * tables once. Agents that start together look for the tables together, and all but one of them then
 * fail to make them; and ElizaOS takes as long to find that nothing has to be done as the first time.
 */
export function migrateOnce(agent: MigratingAgent): void {
  const turns = processWide('migrations', () => new KeyedQueue());
  const migrate = agent.runPluginMigrations.bind(agent);
  agent.runPluginMigrations = () =>
    turns.run('database', async () => {
      await leaveOutMigrated(agent.adapter);
      await migrate();
    });
}

async function leaveOutMigrated(adapter: MigratingAgent['adapter']): Promise<void> {
  const run = adapter.runPluginMigrations?.bind(adapter);
  if (!run) return;
  const databases = processWide('migrated', () => new WeakMap<object, Set<string>>());
  const connection = (await adapter.getConnection()) as object;
  const migrated = databases.get(connection) ?? new Set();
  databases.set(connection, migrated);
  adapter.runPluginMigrations = async (plugins, options) => {
    const left = plugins.filter(({ name }) => !migrated.has(name));
    if (left.length === 0) return;
    await run(left, options);
    for (const { name } of left) migrated.add(name);
  };
}
