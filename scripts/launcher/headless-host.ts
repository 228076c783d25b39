import {
  ElizaOS,
  stringToUuid,
  type Character,
  type IDatabaseAdapter,
  type UUID,
} from '@elizaos/core';
import sqlPlugin, { createDatabaseAdapter } from '@elizaos/plugin-sql';
import { provideAgentHost } from '@371os/plugin-lifecycle';
import {
  AgentsNotStartedError,
  DataDirectoryDamagedError,
  PostgresUnusableError,
} from './errors.ts';
import { postgresAdapter, withinStopTime, type AgentHost, type HostInit } from './host.ts';

/** Starts the agents in this process, without a server. */
export async function startAgents(init: HostInit): Promise<AgentHost> {
  const database = await openDatabase(init);
  const elizaOS = new ElizaOS();
  provideAgentHost({
    startAgent: async (character) => {
      const plugins = [...(character.plugins ?? []), sqlPlugin];
      const [id] = await elizaOS.addAgents(
        [{ character, plugins, ...postgresAdapter(init, idOf(character)) }],
        { isTestMode: true },
      );
      if (id === undefined) return;
      await elizaOS.startAgents([id]);
      const agent = elizaOS.getAgent(id);
      if (agent) init.onAgent(agent);
    },
  });
  await init.onDatabase(database);
  await init.networks;
  try {
    const ids = await elizaOS.addAgents(
      init.characters.map((character) => ({
        character: { ...character },
        plugins: [...(character.plugins ?? []), sqlPlugin],
        ...postgresAdapter(init, idOf(character)),
      })),
      { isTestMode: true },
    );
    init.onProgress(`Starting ${String(ids.length)} agents`);
    await elizaOS.startAgents(ids);
  } catch (error) {
    throw new AgentsNotStartedError({ problem: messageOf(error), cause: error });
  }
  const agents = elizaOS.getAgents();
  for (const agent of agents) init.onAgent(agent);
  return {
    agents,
    loginLink: () => undefined,
    drain: () => Promise.resolve(),
    stop: async () => {
      await withinStopTime(elizaOS.stopAgents());
      await withinStopTime(init.onStopped());
      await withinStopTime(database.close());
    },
  };
}

// ElizaOS looks for its tables before it makes them, unless they were made beforehand.
async function openDatabase(init: HostInit): Promise<IDatabaseAdapter> {
  const adapter = createDatabaseAdapter(
    init.postgresUrl ? { postgresUrl: init.postgresUrl } : { dataDir: init.pgliteDirectory },
    stringToUuid('371os'),
  );
  try {
    await adapter.init();
    const tables = {
      name: sqlPlugin.name,
      schema: sqlPlugin.schema as Record<string, Record<string, unknown>>,
    };
    await adapter.runPluginMigrations?.([tables], { verbose: false });
  } catch (error) {
    throw damaged(init, error);
  }
  return adapter;
}

export function damaged(init: HostInit, error: unknown): Error {
  return init.postgresUrl
    ? new PostgresUnusableError({ cause: error })
    : new DataDirectoryDamagedError({ path: init.pgliteDirectory, cause: error });
}

/** The id under which ElizaOS knows a character's agent. */
export function idOf({ id, name }: Character): UUID {
  return id ?? stringToUuid(name);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
