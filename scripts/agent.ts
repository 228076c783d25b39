// What a container runs: one agent that is its own front desk, told everything by the environment; or,
// with AGENT_ROLE=worker, one process more for a company on its PostgreSQL server.
import './launcher/environment-defaults.ts';
import { environment, InvalidSettingError } from '@371os/kernel';
import { loneCharacter } from './agent/lone-character.ts';
import { readAgentSettings, type AgentSettings } from './agent/settings.ts';
import { complain, launch, type Company } from './launcher/launch.ts';
import { readLauncherSettings } from './launcher/settings.ts';

const STOP_MS = 25_000;
const WORKER = './worker.ts';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const settings = readAgentSettings();
  if (settings.AGENT_ROLE === 'worker') await work();
  else await runAgent(settings);
}

async function work(): Promise<void> {
  if (!environment('POSTGRES_URL'))
    throw new InvalidSettingError({
      setting: 'POSTGRES_URL',
      problem: 'it is missing: a worker takes its tasks from the database of its company.',
    });
  await import(WORKER);
}

async function runAgent(settings: AgentSettings): Promise<void> {
  const { AGENT_TOKEN: token, SERVER_HOST: host } = settings;
  const character = loneCharacter(settings.AGENT_CHARACTER);
  if (token === undefined)
    throw new InvalidSettingError({
      setting: 'AGENT_TOKEN',
      problem: 'it is missing: whoever may talk to the agent sends it. At least 32 characters.',
    });
  const company = await launch({
    // A devnet that it started would outlive its container.
    settings: { ...readLauncherSettings(), DEVNET: false },
    isServer: true,
    alone: { character, token, host },
    onProgress: say,
  });
  endOnSignal(company, settings.AGENT_DRAIN_MS);
  say(`371OS agent ready: ${character.name} at ${company.url ?? ''}`);
}

function endOnSignal(company: Company, drainMs: number): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      say(`${signal}: takes nothing new, and ends what it has begun`);
      setTimeout(() => process.exit(1), drainMs + STOP_MS).unref();
      company
        .drain(drainMs)
        .catch((error: unknown) => {
          say(complain(error));
        })
        .then(() => company.stop())
        .then(() => {
          say('371OS agent stopped');
          process.exit(0);
        }, end);
    });
}

function end(error: unknown): void {
  process.stderr.write(`${complain(error)}\n`);
  process.exit(1);
}

await main().catch(end);
