// npm start: launches the company and its server, and keeps it running until a signal ends it.
import './launcher/environment-defaults.ts';
import { flushCompileCache } from 'node:module';
import { complain, launch, type Company } from './launcher/launch.ts';
import { howToStop } from './launcher/devnet.ts';
import { logToFile } from './launcher/log-file.ts';
import { readLauncherSettings } from './launcher/settings.ts';

const FORCE_AFTER_MS = 30_000;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const begin = performance.now();
  const settings = readLauncherSettings();
  const company = await launch({
    settings,
    isServer: true,
    onProgress: (line) => {
      say(`[${((performance.now() - begin) / 1000).toFixed(1)} s] ${line}`);
    },
    onDirectory: logToFile,
  });
  endOnSignal(company);
  say(`Log a browser in, once: ${company.loginLink() ?? ''}`);
  say(`371OS ready: ${String(company.agents.length)} agents at ${company.url ?? ''}`);
  // A server may be killed after months: what it compiled is for the next start, too.
  flushCompileCache();
}

function endOnSignal(company: Company): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      say(`${signal}: stopping`);
      setTimeout(() => process.exit(1), FORCE_AFTER_MS).unref();
      company.stop().then(
        () => {
          say('371OS stopped');
          if (company.devnet)
            say(`Its devnet goes on, with what is deployed there: ${howToStop(company.devnet)}`);
          process.exit(0);
        },
        (error: unknown) => {
          process.stderr.write(`${complain(error)}\n`);
          process.exit(1);
        },
      );
    });
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${complain(error)}\n`);
  process.exit(1);
}
