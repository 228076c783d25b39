// A process of a company on PostgreSQL, to be killed, paused and cut off: `resilience-worker.ts JSON`. It
// stands for the lead; or it holds an agent or stands by for it, judges the processes of the others, and
// does tasks. What it says is a line of JSON each, with the moment, and begins with `ready`.
import { flushCompileCache } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { AgentRuntime, stringToUuid } from '@elizaos/core';
import { createDatabaseAdapter } from '@elizaos/plugin-sql';
import { cutOffOrigins, readSettings } from '@371os/kernel';
import { listProcesses, machineIdentity, openPresence } from '@371os/plugin-lifecycle';
import {
  Database,
  Drills,
  DrillStore,
  EndpointSite,
  FaultKeeper,
  Leadership,
  LeadershipStore,
  ProcessSite,
  registryNodes,
  signalProcess,
} from '@371os/plugin-resilience';
import { openNetwork, registrySettings, type RegistryNetwork } from '@371os/plugin-registry';
import tasksPlugin, {
  TasksService,
  type Outcome,
  type Task,
  type TaskContext,
} from '@371os/plugin-tasks';
import type { SqlExecutor } from '@371os/plugin-treasury';
import { sql } from 'drizzle-orm';

export interface ResilienceOrder {
  readonly url: string;
  /** What this process is called; new with each start. */
  readonly name: string;
  /**
   * The agent that it works for, when nobody else does. Without one it stands for the lead, and carries
   * out drills that are approved.
   */
  readonly agent?: string | undefined;
  /** Settings of a registry: who stands for the lead reads its chain by these nodes, and may drill them. */
  readonly registry?: Readonly<Record<string, string>> | undefined;
}

/** What a process says, with the moment in milliseconds since 1970. */
export interface Word {
  readonly at: number;
  readonly what:
    | 'ready'
    | 'leads'
    | 'holds'
    | 'lets go'
    | 'gone'
    | 'there'
    | 'begun'
    | 'stands'
    | 'done'
    | 'reads';
  readonly epoch?: number;
  readonly agent?: string;
  readonly task?: string;
  readonly attempt?: number;
  /** Which node of the chain has answered. */
  readonly node?: string | undefined;
}

const WORD_EVERY_MS = 50;
const STANDS_STILL_MS = 6_000;
const READ_EVERY_MS = 100;
const READ_MS = 1_000;
const { url, name, agent, registry } = JSON.parse(process.argv[2] ?? '{}') as ResilienceOrder;

// The moment is taken before what is said is looked at: who is paused in between says what was.
function say(at: number, word: Omit<Word, 'at'>): void {
  process.stdout.write(`${JSON.stringify({ at, ...word })}\n`);
}

// Lost connections are part of what is shown; who suffers from them says so by what it does.
function ignore(): void {
  return;
}

const agentId = stringToUuid(name);
const adapter = createDatabaseAdapter({ postgresUrl: url }, agentId);
await adapter.init();
const runtime = new AgentRuntime({
  character: { name, bio: 'Is to fail.' },
  agentId,
  adapter,
  plugins: [tasksPlugin],
});
const executor = adapter.db as SqlExecutor;
const network =
  registry && openNetwork(readSettings(registrySettings, (setting) => registry[setting]));

if (agent === undefined) await standForTheLead();
else await workFor(agent);
flushCompileCache();
say(Date.now(), { what: 'ready' });
process.stdin.resume().once('end', () => process.exit(0));

async function standForTheLead(): Promise<void> {
  const database = new Database(executor);
  const elapsedMs = (): number => performance.now();
  const leadership = new Leadership({
    store: new LeadershipStore(database),
    candidate: { id: name, name },
    elapsedMs,
    onError: ignore,
  });
  leadership.start();
  drillsUnder(leadership, await TasksService.start(runtime)).start();
  setInterval(() => {
    const at = Date.now();
    const { epoch } = leadership;
    if (epoch !== undefined) say(at, { what: 'leads', epoch });
  }, WORD_EVERY_MS);
  if (network) void readChain(network);
}

// As the work of an agent does: one call after the other.
async function readChain({ chain, nodes }: RegistryNetwork): Promise<void> {
  for (;;) {
    const at = Date.now();
    await chain.head().then(() => say(at, { what: 'reads', node: nodes.chain.answeredBy }), ignore);
    await delay(READ_EVERY_MS);
  }
}

function drillsUnder(leadership: Leadership, tasks: TasksService): Drills {
  const store = new DrillStore(new Database(executor));
  const elapsedMs = (): number => performance.now();
  const machine = machineIdentity();
  const keeper = new FaultKeeper({
    ...{ store, machine, onError: ignore, disturb: ignore },
    cutOff: (disturbances) => {
      cutOffOrigins().set(disturbances);
    },
    resume: (target) => {
      signalProcess(target, 'SIGCONT');
    },
  });
  const site = new ProcessSite({
    ...{ machine, pid: process.pid, elapsedMs },
    processes: () => listProcesses(executor),
    tasks: () => Promise.resolve(tasks),
  });
  const nodesSite = new EndpointSite({
    heedFaults: () => keeper.look(),
    pools: async () => (network ? registryNodes(network, READ_MS) : []),
  });
  return new Drills({
    ...{ store, leadership, keeper, elapsedMs, onError: ignore, now: Date.now },
    ...{ sites: [site, nodesSite], schedule: [], isInBackup: () => false },
    tell: () => Promise.resolve(),
  });
}

async function workFor(own: string): Promise<void> {
  const tasks = await TasksService.start(runtime);
  await tasks.openDatabase();
  const presence = await openPresence({ executor, name, log: ignore });
  const profile = {
    ...{ name: own, role: 'CTO', examples: [], capabilities: [] },
    ...{ concurrency: 4, isThere: true, isLocal: false },
  };
  let work: Promise<() => Promise<void>> | undefined;
  const there = new Map<string, boolean>();
  presence.onChange(() => {
    const isHeld = presence.holds(own);
    if (isHeld !== (work !== undefined)) {
      say(Date.now(), { what: isHeld ? 'holds' : 'lets go', agent: own });
      const before = work;
      work = isHeld ? tasks.work(own, (task, context) => perform(task, context)) : undefined;
      before?.then((stop) => stop()).catch(ignore);
    }
    for (const { name: other, isThere } of presence.remoteAgents()) {
      if (there.get(other) !== isThere)
        say(Date.now(), { what: isThere ? 'there' : 'gone', agent: other });
      there.set(other, isThere);
    }
  });
  await presence.claim([own], { isStandby: true });
  await presence.follow({ list: () => [profile], deliver: () => Promise.resolve([]) });
}

// The process that a task names stands still in the middle of it, where it is killed, paused or cut off.
// When it is none of that for too long, or wakes, it goes on as if nothing had been.
async function perform(task: Task, { step, attempt }: TaskContext): Promise<Outcome> {
  say(Date.now(), { what: 'begun', task: task.id, attempt });
  await step('first', () => effect(task.id, 'first'));
  const { hangs } = (task.data ?? {}) as { hangs?: string };
  if (hangs === name) {
    say(Date.now(), { what: 'stands', task: task.id, attempt });
    await delay(STANDS_STILL_MS);
  }
  await step('second', () => effect(task.id, 'second'));
  say(Date.now(), { what: 'done', task: task.id, attempt });
  return { state: 'COMPLETED', answer: name };
}

// As a receiver does that is told the idempotency key: what comes again changes nothing, and is counted.
async function effect(task: string, part: string): Promise<string> {
  await executor.execute(
    sql`INSERT INTO bench.effects AS known (task, part, worker, times)
      VALUES (${task}, ${part}, ${name}, 1)
      ON CONFLICT (task, part) DO UPDATE SET times = known.times + 1`,
  );
  return name;
}
