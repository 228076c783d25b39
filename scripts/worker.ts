// npm run worker: does the tasks of some agents of a company that runs on PostgreSQL, on any machine,
// until a signal ends it.
import './launcher/environment-defaults.ts';
import { NoSharedDatabaseError } from './launcher/errors.ts';
import { endOnSignal } from './launcher/end-on-signal.ts';
import { complain, launch } from './launcher/launch.ts';
import { logToFile } from './launcher/log-file.ts';
import { readAgentOptions } from './launcher/options.ts';
import { readLauncherSettings } from './launcher/settings.ts';

const USAGE = `Usage: npm run worker [-- [--agents NAME,...] [--characters FOLDER] [--standby]]
   or: npm run worker -- --replica NAME#NUMBER
Without names it works for every agent but the front desk; --standby waits while others do. A replica
helps with the tasks of one agent, whose own process is elsewhere; scaling starts and ends them.`;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const options = readAgentOptions(USAGE);
  const settings = readLauncherSettings();
  if (!settings.POSTGRES_URL) throw new NoSharedDatabaseError();
  const company = await launch({
    ...{ settings, options, role: 'worker' },
    isServer: false,
    onProgress: say,
    onDirectory: logToFile,
  });
  endOnSignal(company, {
    onSignal: (signal) => {
      say(`${signal}: ending what is being worked on`);
    },
    onStopped: () => {
      say('371OS worker stopped');
    },
  });
  say(`371OS worker ready: ${String(company.agents.length)} agents`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${complain(error)}\n`);
  process.exit(1);
}
