// A child of the company bench: ElizaOS 1.7.2 alone, as a baseline. Four agents with an instant
// model; prints one JSON line with the time to be ready, the time of each message, and the memory.
import '../../scripts/launcher/environment-defaults.ts';
import { ElizaOS, ModelType, stringToUuid, type Plugin } from '@elizaos/core';
import bootstrapPlugin from '@elizaos/plugin-bootstrap';
import sqlPlugin, { createDatabaseAdapter } from '@elizaos/plugin-sql';
import { timeMessages } from './time-messages.ts';

const REPLY =
  '<response><thought>Answering.</thought><actions>REPLY</actions><text>Hello there.</text></response>';

const instantModel: Plugin = {
  name: 'instant-model',
  description: 'Answers at once.',
  models: {
    [ModelType.TEXT_SMALL]: () => Promise.resolve(REPLY),
    [ModelType.TEXT_LARGE]: () => Promise.resolve(REPLY),
    [ModelType.TEXT_EMBEDDING]: () => Promise.resolve(Array.from({ length: 512 }, () => 0.01)),
  },
};

process.env['LOG_LEVEL'] = 'fatal';
const begin = performance.now();
const dataDir = process.env['DATA_DIR'] ?? 'memory://';
const database = createDatabaseAdapter({ dataDir: `${dataDir}/pglite` }, stringToUuid('bench'));
await database.init();
await database.runPluginMigrations?.(
  [{ name: sqlPlugin.name, schema: sqlPlugin.schema as Record<string, Record<string, unknown>> }],
  { verbose: false },
);
const elizaOS = new ElizaOS();
const ids = await elizaOS.addAgents(
  ['One', 'Two', 'Three', 'Four'].map((name) => ({
    character: { name, bio: ['An agent.'], settings: {} },
    plugins: [sqlPlugin, bootstrapPlugin, instantModel],
  })),
  { isTestMode: true },
);
await elizaOS.startAgents(ids);
const readyMs = performance.now() - begin;
const agent = elizaOS.getAgents()[0];
if (!agent) throw new RangeError('no agent');
// Our launcher leaves this evaluator out unless it is asked for; the comparison should be fair.
agent.evaluators.splice(0);
const messagesMs = await timeMessages(agent, 'hello');
process.stdout.write(
  `${JSON.stringify({ readyMs, messagesMs, memoryBytes: process.memoryUsage.rss() })}\n`,
);
process.exit(0);
