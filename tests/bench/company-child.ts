// A child of the company bench: our company, measured like bare-elizaos.ts.
import '../../scripts/launcher/environment-defaults.ts';
import { launch } from '../../scripts/launcher/launch.ts';
import { logToFile } from '../../scripts/launcher/log-file.ts';
import { readLauncherSettings } from '../../scripts/launcher/settings.ts';
import { timeMessages } from './time-messages.ts';

const begin = performance.now();
const company = await launch({
  settings: readLauncherSettings(),
  isServer: false,
  onProgress: () => undefined,
  onDirectory: logToFile,
});
const readyMs = performance.now() - begin;
const named = (name: string): (typeof company.agents)[number] => {
  const agent = company.agents.find(({ character }) => character.name === name);
  if (!agent) throw new RangeError(`no agent called ${name}`);
  return agent;
};
// One agent answering by itself, like the baseline; then a request that the front desk hands on.
const messagesMs = await timeMessages(named('CEO Mimi'), 'hello');
const memoryBytes = process.memoryUsage.rss();
const routedMs = await timeMessages(named('Front Desk'), 'How much of our budget is left?');
process.stdout.write(
  `${JSON.stringify({ readyMs, messagesMs, routedMs, memoryBytes, memoryWithEmbeddingsBytes: process.memoryUsage.rss() })}\n`,
);
await company.stop();
process.exit(0);
