// An agent that only replicas work for, as real processes that are really killed: it goes to zero when there is
// nothing to do and comes back for the next task, a replica that dies loses none, and whoever leads next goes on
// with those that an earlier leader has started, with none left over.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { stringToUuid } from '@elizaos/core';
import { createDatabaseAdapter } from '@elizaos/plugin-sql';
import type { SqlExecutor } from '@371os/plugin-treasury';
import { sql } from 'drizzle-orm';
import {
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
  startCompany,
  type CompanyProcess,
} from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';

const KAI = 'CMO Kai';
const ANSWER = 'A short post for the launch.';
// A replica starts in some seconds, on a machine that does much else in more than a minute.
const REPLICA_MS = 120_000;

let postgres: TestPostgres;
let model: ScriptedModel;
let front: CompanyProcess;
let environment: NodeJS.ProcessEnv;
let directory: string;

beforeAll(async () => {
  postgres = await startPostgres({ vectors: true });
  model = await startScriptedModel({ reply: { text: ANSWER, delayMs: 3_000 } });
  directory = makeDataDirectory();
  environment = await emptyEnvironment(directory, {
    POSTGRES_URL: postgres.url,
    RESILIENCE_SCALING: JSON.stringify({ [KAI]: { min: 0, max: 2, queueDepth: 4 } }),
    RESILIENCE_SCALING_EVERY_MS: '500',
    RESILIENCE_SCALING_DOWN_MS: '500',
    RESILIENCE_SCALING_COOLDOWN_MS: '2000',
    // A replica that dies is noticed when its leases end.
    TASKS_LEASE_SECONDS: '10',
    OPENAI_BASE_URL: model.baseUrl,
    OPENAI_API_KEY: 'sk-scripted-0123456789',
    OPENAI_LARGE_MODEL: 'gpt-4o-mini',
    OPENAI_SMALL_MODEL: 'gpt-4o-mini',
  });
  front = await start();
}, 120_000);
afterAll(async () => {
  // One that did not start must not leave the others running.
  try {
    await front.stop();
  } finally {
    for (const pid of replicas()) process.kill(pid, 'SIGKILL');
    await postgres.stop();
    await model.close();
    removeDataDirectory(directory);
  }
}, 60_000);

function start(): Promise<CompanyProcess> {
  return startCompany(environment, 'start', ['--agents', 'Front Desk']);
}

/** The replicas of this company that run on this machine, whoever knows of them. */
function replicas(): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const isReplica = readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('--replica');
      const isOurs = readFileSync(`/proc/${name}/environ`, 'utf8').includes(postgres.url);
      return isReplica && isOurs ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

async function query<Row>(text: string): Promise<Row[]> {
  const adapter = createDatabaseAdapter({ postgresUrl: postgres.url }, stringToUuid('to zero'));
  try {
    return (await (adapter.db as SqlExecutor).execute(sql.raw(text))).rows as Row[];
  } finally {
    await adapter.close();
  }
}

/** What of an agent's processes the leader knows. */
async function known(): Promise<{ pid?: number; state: string }[]> {
  const { body } = await front.get('/resilience/scaling');
  const [agent] = (body as { agents: { instances: { state: string }[] }[] }).agents;
  return agent?.instances ?? [];
}

async function inState(...states: string[]): Promise<void> {
  await eventually(async () => {
    expect((await known()).map(({ state }) => state)).toEqual(states);
    expect(replicas()).toHaveLength(states.length);
  }, REPLICA_MS);
}

function tasks(): Promise<{ text: string; state: string; answer: string; attempt: number }[]> {
  return query(`SELECT text, state, answer, attempt FROM tasks.tasks WHERE agent = '${KAI}'`);
}

/** The agents that people can ask. */
async function agents(): Promise<string[]> {
  const { body } = await front.get('/router/agents');
  return (body as { agents: { name: string }[] }).agents.map(({ name }) => name);
}

/** How the only replica stands. */
async function presence(): Promise<string | undefined> {
  const [one] = await query<{ state: string }>(
    `SELECT state FROM lifecycle.presences WHERE agent = '${KAI}#1'`,
  );
  return one?.state;
}

test(
  'it goes to zero after the cooldown, and comes back for the next task',
  async () => {
    await front.post('/resilience/scaling', { agent: KAI, count: 1 });
    await inState('ready');
    await front.ask('scale Kai by itself');
    await inState();
    // Whoever asks over HTTP is not kept waiting for a process to start; what became of it is in the table.
    front.ask('Write a post', { agent: KAI }).catch(() => undefined);
    // While its only replica is begun and starts, it is there for whoever asks.
    for (let state: string | undefined; state !== 'ready'; state = await presence())
      expect(await agents()).toContain(KAI);
    await eventually(async () => {
      expect(await tasks()).toEqual([
        { text: 'Write a post', state: 'COMPLETED', answer: ANSWER, attempt: 1 },
      ]);
    }, REPLICA_MS);
    await inState();
  },
  4 * REPLICA_MS,
);

test(
  'a replica that is killed in the middle of a task: it is done once, by another one',
  async () => {
    // What comes of it before it is worked on is why it is not.
    let early: unknown = 'nothing yet';
    const note = (answer: unknown): void => void (early = answer);
    front.ask('Write a second post', { agent: KAI, room: 'second' }).then(note, note);
    await eventually(async () => {
      expect(early).toBe('nothing yet');
      expect(await tasks()).toContainEqual(
        expect.objectContaining({ text: 'Write a second post', state: 'WORKING' }),
      );
    }, REPLICA_MS);
    const [killed, ...others] = replicas();
    expect(others).toEqual([]);
    process.kill(killed!, 'SIGKILL');
    await eventually(async () => {
      const own = (await tasks()).filter(({ text }) => text === 'Write a second post');
      expect(own).toEqual([
        { text: 'Write a second post', state: 'COMPLETED', answer: ANSWER, attempt: 2 },
      ]);
    }, REPLICA_MS);
    expect(replicas()).not.toContain(killed);
    await inState();
  },
  3 * REPLICA_MS,
);

test(
  'a leader that is killed while it scales: the next one goes on with what was begun',
  async () => {
    await front.post('/resilience/scaling', { agent: KAI, count: 2 });
    await eventually(async () => {
      expect(replicas()).not.toEqual([]);
    }, REPLICA_MS);
    const begun = replicas();
    const ended = once(front.process, 'exit');
    front.process.kill('SIGKILL');
    await ended;
    front = await start();
    await inState('ready', 'ready');
    const rows = await query<{ pid: number }>(
      'SELECT pid FROM resilience.replicas WHERE is_wanted',
    );
    expect(rows.map(({ pid }) => pid).toSorted()).toEqual(replicas().toSorted());
    expect(replicas()).toEqual(expect.arrayContaining(begun));
    await front.ask('scale Kai by itself');
    await inState();
  },
  3 * REPLICA_MS,
);
