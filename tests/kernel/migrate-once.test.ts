import { expect, test } from '@jest/globals';
import { migrateOnce, type MigratingAgent } from '../../plugins/kernel/src/migrate-once.ts';

interface Migrations {
  readonly ran: string[];
  readonly most: () => number;
  /** An agent of the database with these plugins, which begins. */
  start(...plugins: string[]): Promise<void>;
}

// A database that takes down what is migrated on it, and by how many at once.
function database(failures: string[] = []): Migrations {
  const ran: string[] = [];
  const connection = {};
  let [running, most] = [0, 0];
  const start = (...plugins: string[]): Promise<void> => {
    const adapter: MigratingAgent['adapter'] = {
      getConnection: () => Promise.resolve(connection),
      runPluginMigrations: async (asked) => {
        most = Math.max(most, (running += 1));
        await new Promise(setImmediate);
        running -= 1;
        const failed = failures.pop();
        if (failed !== undefined) throw new RangeError(failed);
        ran.push(...asked.map(({ name }) => name));
      },
    };
    const agent: MigratingAgent = {
      adapter,
      runPluginMigrations: () =>
        adapter.runPluginMigrations!(plugins.map((name) => ({ name, schema: {} }))),
    };
    migrateOnce(agent);
    return agent.runPluginMigrations();
  };
  return { ran, most: () => most, start };
}

test('agents that start together migrate each plugin once, one after the other', async () => {
  const { ran, most, start } = database();
  await Promise.all([start('sql', 'tasks'), start('tasks', 'sql'), start('sql', 'router')]);
  expect(ran).toEqual(['sql', 'tasks', 'router']);
  expect(most()).toBe(1);
});

test('another database gets its own tables', async () => {
  const [first, second] = [database(), database()];
  await first.start('sql');
  await second.start('sql');
  expect([first.ran, second.ran]).toEqual([['sql'], ['sql']]);
});

test('what failed is tried again by the next agent', async () => {
  const { ran, start } = database(['no space left']);
  await expect(start('sql')).rejects.toThrow('no space left');
  await start('sql');
  expect(ran).toEqual(['sql']);
});
