// A child of the chat bench: an agent of ElizaOS alone with an instant model, in ElizaOS's own server
// and on Telegram by the official plugin as it is.
import '../../scripts/launcher/environment-defaults.ts';
import bootstrapPlugin from '@elizaos/plugin-bootstrap';
import telegramPlugin from '@elizaos/plugin-telegram';
import { elizaReply } from '../support/scripted-model.ts';
import { modelPlugin } from './bare-agents.ts';

// Imported late: it takes its settings from the environment while it is being imported.
const { AgentServer } = await import('@elizaos/server');
const server = new AgentServer();
await server.start({
  port: Number(process.env['SERVER_PORT']),
  dataDir: `${process.env['DATA_DIR'] ?? ''}/pglite`,
  agents: [
    {
      character: { name: 'Agent', bio: ['An agent.'], settings: {} },
      plugins: [
        modelPlugin(() => Promise.resolve(elizaReply('Hello there.'))),
        bootstrapPlugin,
        telegramPlugin,
      ],
    },
  ],
});
// Our launcher leaves this evaluator out unless it is asked for; the comparison should be fair.
for (const { evaluators } of server.getAllAgents()) evaluators.splice(0);
process.stdout.write('ready\n');
