import { readFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import {
  ApprovalNeededError,
  type AgentLife,
  type AgentStatus,
  type LifeWait,
  type NewAgent,
} from '@371os/client';
import { columns } from '../columns.ts';
import { CharacterFileError } from '../errors.ts';
import type { Session, Sessions } from '../program.ts';
import { wholeNumber } from '../whole-number.ts';

const MOST_LINES = 1_000;
const MOST_HOURS = 8_760;

interface CreateOptions extends WaitOptions {
  readonly name: string;
  readonly type?: string;
  readonly capabilities?: string[];
  readonly rate?: string;
  readonly currency: 'USD' | 'USDC' | 'AKT' | 'ETH';
  readonly hosting?: 'in-process' | 'akash';
  readonly register?: boolean;
  readonly character?: string;
  readonly from?: string;
  readonly allowance?: string;
  readonly idleHours?: number;
  readonly cpu?: string;
  readonly memory?: string;
  readonly storage?: string;
  readonly regions?: string[];
  readonly maxCost?: string;
}

interface WaitOptions {
  readonly yes?: boolean;
}

export function addAgents(program: Command, sessions: Sessions): void {
  const agents = program.command('agents').description('who there is, and their lives');
  addLooks(agents, sessions);
  addCreate(agents, sessions);
  addChanges(agents, sessions);
}

function addLooks(agents: Command, sessions: Sessions): void {
  agents
    .command('list')
    .description('all agents, with where they are in their lives')
    .option('--all', 'those that have ended, too')
    .action(async ({ all }: { all?: boolean }) => {
      const { client, print } = sessions();
      const found = await client().listLives({ all: all ?? false });
      print({ agents: found }, () => table(found));
    });

  agents
    .command('status <name>')
    .description('one agent, by its name, role or id')
    .action(async (name: string) => {
      const { client, print } = sessions();
      const status = await client().getAgent(name);
      print(status, () => whole(status));
    });

  agents
    .command('logs <name>')
    .description('what it has logged last')
    .option('--lines <number>', `how many, ${MOST_LINES} at most`, wholeNumber(1, MOST_LINES), 100)
    .action(async (name: string, { lines }: { lines: number }) => {
      const { client, print } = sessions();
      const found = await client().agentLogs(name, { lines });
      print({ lines: found }, () =>
        found.length > 0 ? found.join('\n') : 'It has logged nothing here.',
      );
    });
}

function addCreate(agents: Command, sessions: Sessions): void {
  agents
    .command('create')
    .description('have an agent created, and wait until it is ready')
    .requiredOption('--name <name>', 'what it is called')
    .option('--type <type>', 'a department such as CMO, or a role of its own')
    .option('--capabilities <list>', 'what it can do, with commas', listOf)
    .option('--rate <amount>', 'what a task of it costs others')
    .addOption(
      new Option('--currency <currency>', 'of the rate')
        .choices(['USD', 'USDC', 'AKT', 'ETH'])
        .default('USD'),
    )
    .addOption(new Option('--hosting <where>', 'where it runs').choices(['in-process', 'akash']))
    .option('--no-register', 'without a registration on chain')
    .option('--character <file>', 'a character file that goes before the template')
    .option('--from <name>', 'an ended agent that is brought back')
    .option('--allowance <usd>', 'the most that its models may cost in a month')
    .option(
      '--idle-hours <hours>',
      'after how many hours without a task it is retired',
      wholeNumber(0, MOST_HOURS),
    )
    .option('--cpu <cores>', 'on Akash, such as 0.5')
    .option('--memory <size>', 'on Akash, such as 1Gi')
    .option('--storage <size>', 'on Akash, such as 2Gi')
    .option('--regions <list>', 'on Akash, such as eu', listOf)
    .option('--max-cost <usd>', 'the most that a month on Akash may cost')
    .option('--yes', 'approve the plan, whatever it costs')
    .action(async (options: CreateOptions) => {
      const session = sessions();
      await settle(
        session,
        (wait) => session.client().createAgent(requestOf(options), wait),
        options,
      );
    });
}

function addChanges(agents: Command, sessions: Sessions): void {
  agents
    .command('retire <name>')
    .description('end an agent: drained, saved, its lease closed, its registration inactive')
    .option('--cause <words>', 'why')
    .option('--yes', 'approve it, too')
    .action(async (name: string, options: WaitOptions & { cause?: string }) => {
      const session = sessions();
      const { cause } = options;
      await settle(
        session,
        (wait) => session.client().retireAgent(name, { ...wait, ...(cause ? { cause } : {}) }),
        options,
      );
    });

  agents
    .command('restart <name>')
    .description('let an agent finish its tasks, and start it again')
    .action(async (name: string) => {
      const session = sessions();
      const { client, print, fail } = session;
      const status = await client().restartAgent(name, { onProgress: progressOf(session) });
      print(status, () => whole(status));
      if (status.agent.state === 'stopped') fail();
    });
}

/** Has a change made and prints what came of it; a plan that needs a yes is shown, and ends with 1. */
async function settle(
  session: Session,
  change: (wait: LifeWait) => Promise<AgentStatus>,
  { yes }: WaitOptions,
): Promise<void> {
  const { print, fail } = session;
  try {
    const status = await change({ isApproved: yes, onProgress: progressOf(session) });
    print(status, () => whole(status));
  } catch (error) {
    if (!(error instanceof ApprovalNeededError)) throw error;
    const { approvalId, plan } = error;
    fail();
    print({ approvalId, plan }, () =>
      [
        'Plan (nothing is done yet):',
        ...plan,
        `To have it done: npx 371os approvals approve ${approvalId} (or the same command with --yes)`,
      ].join('\n'),
    );
  }
}

function progressOf({ terminal }: Session): (words: string) => void {
  return (words) => {
    terminal.writeError(`… ${words}\n`);
  };
}

function requestOf(options: CreateOptions): NewAgent {
  const { name, type, capabilities, rate, currency, hosting, register, character, from } = options;
  const { allowance, idleHours, cpu, memory, storage, regions, maxCost } = options;
  const resources = { cpu, memory, storage, regions, maxMonthlyUsd: maxCost };
  return {
    ...{ name, agentType: type, capabilities, hosting, from },
    ...(rate === undefined ? {} : { economicTerms: { rate, currency } }),
    // Left out it is registered wherever that is possible.
    ...(register === false ? { register } : {}),
    ...(character === undefined ? {} : { character: readCharacter(character) }),
    ...{ allowanceUsd: allowance, idleHours },
    ...(Object.values(resources).some((value) => value !== undefined) ? { resources } : {}),
  };
}

function readCharacter(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new CharacterFileError({ path, problem: error instanceof Error ? error.message : '' });
  }
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function table(agents: readonly AgentLife[]): string {
  if (agents.length === 0) return 'There are no agents.';
  return columns([
    ['name', 'role', 'state', 'runs', 'registered'],
    ...agents.map(({ name, role, state, hosting, endpoint, registration }) => [
      ...[name, role, state, endpoint ?? hosting],
      registration ? `${registration.globalId} ${registration.status}` : 'no',
    ]),
  ]);
}

function whole({ agent, performance, journal }: AgentStatus): string {
  const { completed, failed, queued, averageMs, costUsd } = performance;
  const average = averageMs === null ? '' : `, ${(averageMs / 1_000).toFixed(1)} s on average`;
  const { registration, lease, progress, notice, capabilities = [] } = agent;
  return [
    table([agent]),
    '',
    ...(progress === '' ? [] : [`now: ${progress}`]),
    ...(notice === undefined ? [] : [`about to be retired: ${notice}`]),
    `tasks: ${completed} done, ${failed} failed, ${queued} open${average}, $${costUsd}`,
    ...(capabilities.length > 0 ? [`can: ${capabilities.join(', ')}`] : []),
    ...(registration
      ? [`file: ipfs://${registration.cid}`, `transaction: ${registration.transactionHash}`]
      : []),
    ...(lease
      ? [`lease: ${lease.dseq} at ${lease.provider}, at most $${lease.monthlyUsd} a month`]
      : []),
    ...journal.slice(-8).map(({ at, from, to, cause }) => `${at}  ${from} -> ${to}: ${cause}`),
  ].join('\n');
}
