// npm start: launches the company and its server, and keeps it running until a signal ends it. With
// `-- --agents NAME,...` only those agents; the others work in processes of their own (npm run worker).
import './launcher/environment-defaults.ts';
import { flushCompileCache } from 'node:module';
import { GATEWAY_SERVICE, type GatewayService } from '@371os/plugin-gateway';
import { complain, launch, type Company } from './launcher/launch.ts';
import { howToStop } from './launcher/devnet.ts';
import { endOnSignal } from './launcher/end-on-signal.ts';
import { logToFile } from './launcher/log-file.ts';
import { readAgentOptions } from './launcher/options.ts';
import { readLauncherSettings } from './launcher/settings.ts';

const USAGE = 'Usage: npm start [-- [--agents NAME,...] [--characters FOLDER]]';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const begin = performance.now();
  const options = readAgentOptions(USAGE);
  const settings = readLauncherSettings();
  const company = await launch({
    ...{ settings, options },
    isServer: true,
    onProgress: (line) => {
      say(`[${((performance.now() - begin) / 1000).toFixed(1)} s] ${line}`);
    },
    onDirectory: logToFile,
  });
  endOnSignal(company, {
    onSignal: (signal) => {
      say(`${signal}: stopping`);
    },
    onStopped: () => {
      sayHowItStopped(company);
    },
  });
  if (!knowsModels(company))
    say('No language model is set up, so rules answer: "npx 371os init" sets one up.');
  say(`Log a browser in, once: ${company.loginLink() ?? ''}`);
  say(`371OS ready: ${String(company.agents.length)} agents at ${company.url ?? ''}`);
  // A server may be killed after months: what it compiled is for the next start, too.
  flushCompileCache();
}

function knowsModels({ agents }: Company): boolean {
  return agents.some((agent) => agent.getService<GatewayService>(GATEWAY_SERVICE)?.places().length);
}

function sayHowItStopped({ devnet }: Company): void {
  say('371OS stopped');
  if (devnet) say(`Its devnet goes on, with what is deployed there: ${howToStop(devnet)}`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${complain(error)}\n`);
  process.exit(1);
}
