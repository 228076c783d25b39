// A child of the company bench: our company, measured like bare-child.ts.
import { agentNamed, launchCompany } from './launch-company.ts';
import { timeMessages } from './time-messages.ts';

const begin = performance.now();
const company = await launchCompany();
const readyMs = performance.now() - begin;
const isTalking = process.argv.includes('--messages');
const time = (name: string, text: string): Promise<number[]> =>
  isTalking ? timeMessages(agentNamed(company, name), text) : Promise.resolve([]);
// One agent answering by itself, like the baseline; then a request that the front desk hands on.
const messagesMs = await time('CEO Mimi', 'hello');
const memoryBytes = process.memoryUsage.rss();
const routedMs = await time('Front Desk', 'How much of our budget is left?');
const memoryWithEmbeddingsBytes = process.memoryUsage.rss();
process.stdout.write(
  `${JSON.stringify({ readyMs, messagesMs, routedMs, memoryBytes, memoryWithEmbeddingsBytes })}\n`,
);
await company.stop();
process.exit(0);
