import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { TasksService, type NewTask, type Outcome, type Task } from '@371os/plugin-tasks';
import { eventually } from '../support/eventually.ts';
import { startTasksAgent, taskFor, type TasksAgent } from './agent-fixture.ts';

let agent: TasksAgent;
let tasks: TasksService;
beforeAll(async () => {
  agent = await startTasksAgent();
  tasks = agent.tasks;
});
afterAll(async () => {
  await tasks.stop();
  await agent.runtime.stop();
});

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  well: { state: 'COMPLETED', answer: 'done', costPico: 10n },
  dearly: { state: 'COMPLETED', answer: 'done', costPico: 31n },
  badly: { state: 'FAILED', answer: 'sorry' },
  'with a question': { state: 'INPUT_REQUIRED', answer: 'which?', waitingFor: 'a word' },
  'not at all': { state: 'REJECTED', answer: 'no money' },
};

const workers = new Map<string, Promise<() => Promise<void>>>();

/** Has an agent do a task as its text says: one of OUTCOMES, or by throwing. */
async function perform(name: string, how: string, more: Partial<NewTask> = {}): Promise<Task> {
  const worker =
    workers.get(name) ??
    tasks.work(name, ({ text }) => {
      const outcome = OUTCOMES[text];
      return outcome ? Promise.resolve(outcome) : Promise.reject(new RangeError('out of ink'));
    });
  workers.set(name, worker);
  await worker;
  const { id } = await tasks.submit(taskFor(name, { text: how, maxAttempts: 2, ...more }));
  return tasks.waitFor(id);
}

describe('the record of an agent', () => {
  test.each([
    ['nothing yet', [], { completed: 0, costPico: 0n, failuresInARow: 0 }],
    ['what it completed', ['well', 'dearly'], { completed: 2, costPico: 41n, failuresInARow: 0 }],
    ['what it failed at, each attempt', ['badly', 'throwing'], { completed: 0, failuresInARow: 3 }],
    ['an answer wipes failures out', ['badly', 'well'], { completed: 1, failuresInARow: 0 }],
    ['so does a question', ['badly', 'with a question'], { completed: 0, failuresInARow: 0 }],
    ['a refusal is no failure', ['badly', 'not at all'], { completed: 0, failuresInARow: 1 }],
    ['failures after an answer count', ['well', 'badly'], { completed: 1, failuresInARow: 1 }],
  ])('%s', async (name, tried, record) => {
    for (const how of tried) await perform(name, how);
    const [found] = await tasks.records([name]);
    expect(found).toMatchObject({ agent: name, open: 0, ...record });
    expect(found?.lastFailedAt !== undefined).toBe(tried.some((how) => /badly|throw/.test(how)));
  });

  test('counts what could be worked on now, not what waits for others or for a word', async () => {
    const first = await tasks.submit(taskFor('Nobody Yet'));
    await tasks.submit(taskFor('Nobody Yet', { dependsOn: [first.id] }));
    await perform('Asker', 'with a question');
    const records = await tasks.records(['Asker', 'Nobody Yet', 'Stranger']);
    expect(records.map(({ agent: name, open }) => [name, open])).toEqual([
      ['Asker', 0],
      ['Nobody Yet', 1],
      ['Stranger', 0],
    ]);
  });

  test('does not blame an agent for what it was never given', async () => {
    const broken = await perform('Breaker', 'badly');
    const after = await tasks.submit(taskFor('Bystander', { dependsOn: [broken.id] }));
    expect((await tasks.waitFor(after.id)).state).toBe('FAILED');
    expect((await tasks.records(['Bystander']))[0]?.failuresInARow).toBe(0);
  });
});

describe('what a task cost', () => {
  test('can be raised once it has ended, and never falls', async () => {
    const { id } = await tasks.submit(taskFor('Nobody'));
    await tasks.keepCost(id, 5n);
    expect((await tasks.get(id)).costPico).toBe(0n);
    await tasks.cancel(id, { id: 'owner', role: 'owner', proof: 'token' });
    await tasks.keepCost(id, 5n);
    await tasks.keepCost(id, 3n);
    expect(await tasks.get(id)).toMatchObject({ state: 'CANCELED', costPico: 5n });
  });
});

describe('old tasks', () => {
  test('are forgotten with their steps; open ones and what they build on are kept', async () => {
    const old: string[] = [];
    const keep = async (task: Promise<Task>): Promise<string> => {
      const { id } = await task;
      old.push(id);
      return id;
    };
    await tasks.work('Stepper', async (_task, { step }) => {
      await step('one', () => 1);
      return { state: 'COMPLETED', answer: 'done' };
    });
    const stepped = await keep(tasks.submit(taskFor('Stepper')));
    await tasks.waitFor(stepped);
    const failed = await keep(perform('Old', 'badly'));
    const parent = await keep(perform('Old', 'well'));
    const needed = await keep(perform('Old', 'well'));
    const open = await keep(
      perform('Old', 'with a question', { parentId: parent, dependsOn: [needed] }),
    );
    const young = await perform('Old', 'well');
    await execute(sql`UPDATE tasks.tasks SET updated_at = now() - interval '91 days'
      WHERE id IN (${sql.join(
        old.map((id) => sql`${id}`),
        sql`, `,
      )})`);
    // The next start looks at once.
    await tasks.stop();
    tasks = await TasksService.start(agent.runtime);
    await tasks.submit(taskFor('Nobody'));
    await eventually(async () => {
      const left = await Promise.all(
        [stepped, failed, parent, needed, open, young.id].map((id) =>
          tasks.get(id).then(
            () => true,
            () => false,
          ),
        ),
      );
      expect(left).toEqual([false, false, true, true, true, true]);
    });
    expect(await execute(sql`SELECT id FROM tasks.steps WHERE owner = ${stepped}`)).toEqual([]);
  });
});

async function execute(statement: ReturnType<typeof sql>): Promise<unknown[]> {
  const database = agent.runtime.db as { execute(query: unknown): Promise<{ rows: unknown[] }> };
  return (await database.execute(statement)).rows;
}
