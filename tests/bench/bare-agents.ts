import '../../scripts/launcher/environment-defaults.ts';
import { ElizaOS, ModelType, stringToUuid, type IAgentRuntime, type Plugin } from '@elizaos/core';
import bootstrapPlugin from '@elizaos/plugin-bootstrap';
import sqlPlugin, { createDatabaseAdapter } from '@elizaos/plugin-sql';

/** Answers a prompt as a language model would. */
type Model = (prompt: string) => Promise<string>;

/** Agents of ElizaOS 1.7.2 alone, as a baseline, on a PGlite in `DATA_DIR`, or in memory. */
export async function startBareAgents(count: number, model: Model): Promise<IAgentRuntime[]> {
  await openDatabase();
  const elizaOS = new ElizaOS();
  // The model comes first: bootstrap looks for one that embeds when it starts, and remembers without.
  const plugins = [sqlPlugin, modelPlugin(model), bootstrapPlugin];
  const ids = await elizaOS.addAgents(
    Array.from({ length: count }, (_, number) => ({
      character: { name: `Agent ${String(number)}`, bio: ['An agent.'], settings: {} },
      plugins,
    })),
    { isTestMode: true },
  );
  await elizaOS.startAgents(ids);
  // Our launcher leaves this evaluator out unless it is asked for; the comparison should be fair.
  for (const { evaluators } of elizaOS.getAgents()) evaluators.splice(0);
  return elizaOS.getAgents();
}

async function openDatabase(): Promise<void> {
  const directory = process.env['DATA_DIR'];
  const dataDir = directory === undefined ? 'memory://' : `${directory}/pglite`;
  const database = createDatabaseAdapter({ dataDir }, stringToUuid('bench'));
  await database.init();
  const tables = {
    name: sqlPlugin.name,
    schema: sqlPlugin.schema as Record<string, Record<string, unknown>>,
  };
  await database.runPluginMigrations?.([tables], { verbose: false });
}

/** A model for agents of ElizaOS alone. */
export function modelPlugin(model: Model): Plugin {
  const answer = (_runtime: IAgentRuntime, { prompt }: { prompt: string }): Promise<string> =>
    model(prompt);
  return {
    name: 'bench-model',
    description: 'Answers for the baseline.',
    models: {
      [ModelType.TEXT_SMALL]: answer,
      [ModelType.TEXT_LARGE]: answer,
      [ModelType.TEXT_EMBEDDING]: () => Promise.resolve(Array.from({ length: 512 }, () => 0.01)),
    },
  };
}
