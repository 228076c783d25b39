// A child of the company bench: as many agents of ElizaOS alone as the company has, with an instant
// model. Prints one JSON line, as company-child.ts does.
import { startBareAgents } from './bare-agents.ts';
import { readCharacters } from '../../scripts/launcher/characters.ts';
import { elizaReply } from '../support/scripted-model.ts';
import { timeMessages } from './time-messages.ts';

const agentCount = readCharacters('characters').length;
const begin = performance.now();
const [agent] = await startBareAgents(agentCount, () =>
  Promise.resolve(elizaReply('Hello there.')),
);
if (!agent) throw new RangeError('no agent');
const readyMs = performance.now() - begin;
const messagesMs = process.argv.includes('--messages') ? await timeMessages(agent, 'hello') : [];
const memoryBytes = process.memoryUsage.rss();
process.stdout.write(`${JSON.stringify({ readyMs, messagesMs, memoryBytes })}\n`);
process.exit(0);
