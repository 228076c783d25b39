import { afterAll, beforeAll, describe, expect, it, jest, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { BaseError, commandsOf, OWNER, type Principal } from '@371os/kernel';
import {
  hasEnded,
  isWaiting,
  mayFollow,
  tasksOf,
  type NewTask,
  type Outcome,
  type Task,
  type TaskContext,
  type TaskHandler,
  type TasksService,
  type TaskState,
} from '@371os/plugin-tasks';
import { startTasksAgent, taskFor, type TasksAgent } from './agent-fixture.ts';
import { fileDatabase } from '../support/fresh-database.ts';

let agent: TasksAgent;
let tasks: TasksService;
beforeAll(async () => {
  agent = await startTasksAgent();
  tasks = agent.tasks;
});
afterAll(() => agent.runtime.stop());

const guest: Principal = { id: 'guest:eve', role: 'guest', proof: 'token' };
const done = (answer = 'done'): Outcome => ({ state: 'COMPLETED', answer });

let agents = 0;
/** A new agent whose tasks are done so, and its name. */
async function worker(handler: TaskHandler, concurrency?: number): Promise<string> {
  agents += 1;
  const name = `Agent ${agents}`;
  await tasks.work(name, handler, { concurrency });
  return name;
}

async function run(handler: TaskHandler, more: Partial<NewTask> = {}): Promise<Task> {
  const { id } = await tasks.submit(taskFor(await worker(handler), more));
  return tasks.waitFor(id, { timeoutMs: 20_000 });
}

/** Resolves when it is opened; what runs can wait for it. */
function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { opened: promise as Promise<unknown> as Promise<void>, open: () => resolve(undefined) };
}

function aborted({ signal }: TaskContext): Promise<unknown> {
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true }),
  );
}

class OutOfPaperError extends BaseError {
  constructor() {
    super('There is no paper left: buy some.');
  }
}

describe('a task', () => {
  it('is done, with what it cost, and tells of each state', async () => {
    const seen: string[] = [];
    const end = tasks.onChange(({ text, state }) => {
      if (text === 'to be watched') seen.push(state);
    });
    const task = await run(
      ({ text }) => Promise.resolve({ ...done(`${text}: done`), model: 'p:m', costPico: 7n }),
      { text: 'to be watched', reason: 'you asked', priority: 2, data: { n: [1, null] } },
    );
    end();
    expect(task).toMatchObject({
      state: 'COMPLETED',
      answer: 'to be watched: done',
      model: 'p:m',
      costPico: 7n,
      attempt: 1,
      reason: 'you asked',
      priority: 2,
      data: { n: [1, null] },
      requester: { id: 'owner', role: 'owner' },
    });
    expect(seen).toEqual(['SUBMITTED', 'WORKING', 'COMPLETED']);
    expect(await tasks.get(task.id)).toMatchObject({ state: 'COMPLETED', costPico: 7n });
  });

  it('is kept once for an idempotency key, however often it is submitted', async () => {
    let count = 0;
    const name = await worker(() => {
      count += 1;
      return Promise.resolve(done());
    });
    const task = taskFor(name, { idempotencyKey: 'message 1' });
    const together = await Promise.all(Array.from({ length: 20 }, () => tasks.submit(task)));
    const [{ id }] = together as [Task];
    await tasks.waitFor(id);
    const later = await tasks.submit(task);
    expect(new Set([...together, later].map((one) => one.id)).size).toBe(1);
    expect(later.state).toBe('COMPLETED');
    expect(count).toBe(1);
  });

  // Whoever is not sure whether a task was taken in submits it again, for as long as it runs.
  it('that is submitted again and again leaves nothing in the queue in the way of others', async () => {
    const { opened, open } = gate();
    const name = await worker(
      ({ text }) => (text === 'slow' ? opened : Promise.resolve()).then(() => done()),
      1,
    );
    const slow = taskFor(name, { text: 'slow', idempotencyKey: 'again' });
    const [{ id }, next] = (await tasks.submitAll([slow, taskFor(name)])) as [Task, Task];
    for (let count = 0; count < 50; count += 1) await tasks.submit(slow);
    expect(await execute(`SELECT id FROM pgboss.job WHERE data->>'taskId' = '${id}'`)).toHaveLength(
      1,
    );
    open();
    expect(await tasks.waitFor(next.id, { timeoutMs: 5_000 })).toMatchObject({
      state: 'COMPLETED',
    });
  });

  it('is not kept from its turn by jobs that nobody wants done any more', async () => {
    const gone = Array.from({ length: 20 }, () => taskFor('Popular', { priority: 1 }));
    await tasks.submitAll(gone);
    // As a process leaves them that dies after it has canceled them.
    await execute(`UPDATE tasks.tasks SET state = 'CANCELED' WHERE agent = 'Popular'`);
    const { id } = await tasks.submit(taskFor('Popular', { priority: 9 }));
    await tasks.work('Popular', () => Promise.resolve(done()), { concurrency: 2 });
    expect(await tasks.waitFor(id, { timeoutMs: 5_000 })).toMatchObject({ state: 'COMPLETED' });
  });

  it('keeps words that a database would choke on', async () => {
    const task = await run(({ text }) => Promise.resolve(done(`${text}\u0000\ud800!`)), {
      text: "a\u0000b\ud800'; DROP TABLE tasks.tasks; --",
      data: { odd: '\u0000\ud800' },
    });
    expect(task.text).toBe("ab\ufffd'; DROP TABLE tasks.tasks; --");
    expect(task.answer).toBe("ab\ufffd'; DROP TABLE tasks.tasks; --\ufffd!");
  });

  it.each<[string, Partial<NewTask>]>([
    ['no agent', { agent: '' }],
    ['no agent but a NUL', { agent: '\u0000' }],
    ['a priority of 0', { priority: 0 }],
    ['a priority of 11', { priority: 11 }],
    ['a time-out of a day', { timeoutMs: 86_400_000 }],
    ['an id of two words', { id: 'a b' }],
    ['no attempts', { maxAttempts: 0 }],
    ['21 attempts', { maxAttempts: 21 }],
    ['101 dependencies', { dependsOn: Array.from({ length: 101 }, String) }],
    ['a text of more than a million signs', { text: 'x'.repeat(1_000_001) }],
    ['data that JSON cannot hold', { data: 1n as never }],
  ])('with %s is none', async (_what, more) => {
    await expect(tasks.submit(taskFor('nobody', more))).rejects.toThrow(/^This is no task: \w+: /);
  });

  it('for an agent that nobody is waits until there is one', async () => {
    const { id } = await tasks.submit(taskFor('Late Riser'));
    expect((await tasks.get(id)).state).toBe('SUBMITTED');
    await tasks.work('Late Riser', () => Promise.resolve(done()));
    expect((await tasks.waitFor(id)).state).toBe('COMPLETED');
  });

  it('goes by priority when an agent has no time for all', async () => {
    const { opened, open } = gate();
    const order: string[] = [];
    const name = await worker(async ({ text }) => {
      if (text === 'first') await opened;
      order.push(text);
      return done();
    }, 1);
    const first = await tasks.submit(taskFor(name, { text: 'first', priority: 10 }));
    await until(first.id, 'WORKING');
    const later = await Promise.all(
      [7, 10, 1, 5].map((priority) =>
        tasks.submit(taskFor(name, { text: String(priority), priority })),
      ),
    );
    open();
    for (const { id } of later) await tasks.waitFor(id);
    expect(order).toEqual(['first', '1', '5', '7', '10']);
  });

  it('is worked on beside others, as many as the agent may at once', async () => {
    const { opened, open } = gate();
    let now = 0;
    let most = 0;
    const name = await worker(async () => {
      now += 1;
      most = Math.max(most, now);
      if (now === 3) open();
      await opened;
      now -= 1;
      return done();
    }, 3);
    const all = await tasks.submitAll(Array.from({ length: 9 }, () => taskFor(name)));
    for (const { id } of all) await tasks.waitFor(id);
    expect(most).toBe(3);
  });
});

/** Waits until a task is in a state. */
async function until(id: string, state: TaskState): Promise<void> {
  const { opened, open } = gate();
  const end = tasks.onChange((task) => {
    if (task.id === id && task.state === state) open();
  });
  if ((await tasks.get(id)).state !== state) await opened;
  end();
}

describe('a failure', () => {
  it('is tried again, and what a step brought is not done again', async () => {
    const calls: string[] = [];
    const keys = new Set<string>();
    const task = await run(async ({ attempt }, { step }) => {
      const invoice = await step('invoice', ({ idempotencyKey }) => {
        calls.push('invoice');
        keys.add(idempotencyKey);
        return { number: 7 };
      });
      const nothing = await step('nothing', () => {
        calls.push('nothing');
        return calls.length > 9 ? 'too often' : undefined;
      });
      if (attempt === 1) throw new TypeError('inner trouble');
      await step('mail', () => {
        calls.push('mail');
        return true;
      });
      return done(`${JSON.stringify(invoice)} ${String(nothing)}`);
    });
    expect(task).toMatchObject({
      state: 'COMPLETED',
      answer: '{"number":7} undefined',
      attempt: 2,
    });
    expect(calls).toEqual(['invoice', 'nothing', 'mail']);
    expect([...keys]).toEqual([`${task.id}/invoice`]);
  });

  it('that comes back waits a while before the next attempt', async () => {
    const begun: number[] = [];
    const task = await run(() => {
      begun.push(performance.now());
      return Promise.reject(new TypeError('x'));
    });
    expect(task).toMatchObject({ state: 'FAILED', attempt: 3 });
    expect(begun[2]! - begun[1]!).toBeGreaterThan(1_900);
    // It is woken, and does not wait for the next poll.
    expect(begun[2]! - begun[1]!).toBeLessThan(10_000);
  });

  it('that stays is a dead letter with a sentence, without the inner text', async () => {
    const task = await run(() => Promise.reject(new TypeError('secret')), { maxAttempts: 2 });
    expect(task).toMatchObject({ state: 'FAILED', attempt: 2, failures: 2 });
    expect(task.answer).toBe(
      'Something went wrong on our side; nothing was changed. The log has the details. It was tried twice.',
    );
    expect((await tasks.deadLetters()).map(({ id }) => id)).toContain(task.id);
  });

  it('that cannot be mended by trying again is not tried again', async () => {
    const task = await run(() => Promise.reject(new OutOfPaperError()));
    expect(task).toMatchObject({
      state: 'FAILED',
      attempt: 1,
      answer: 'There is no paper left: buy some.',
    });
  });

  it('that the agent itself reports is final', async () => {
    const outcome: Outcome = { state: 'REJECTED', answer: 'Not my work.' };
    expect(await run(() => Promise.resolve(outcome))).toMatchObject({ ...outcome, attempt: 1 });
  });

  it('to end in time is told to the one who works, and tried again', async () => {
    const reasons: unknown[] = [];
    const name = await worker(async (_task, context) => {
      reasons.push(await aborted(context));
      // It does not heed it: what it says now does not count.
      return done('too late');
    });
    const { id } = await tasks.submit(taskFor(name, { timeoutMs: 50, maxAttempts: 2 }));
    expect(await tasks.waitFor(id)).toMatchObject({
      state: 'FAILED',
      attempt: 2,
      answer: `${name} did not finish within 0.05 s. It was tried twice.`,
    });
    expect(reasons).toHaveLength(2);
  });

  it('by never answering does not keep the agent from other work', async () => {
    const name = await worker(({ text }) => {
      return text === 'hang' ? new Promise(() => undefined) : Promise.resolve(done());
    }, 1);
    const hang = await tasks.submit(
      taskFor(name, { text: 'hang', timeoutMs: 100, maxAttempts: 1 }),
    );
    const other = await tasks.submit(taskFor(name));
    expect((await tasks.waitFor(other.id)).state).toBe('COMPLETED');
    expect((await tasks.waitFor(hang.id)).state).toBe('FAILED');
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['text', 'done'],
    ['a state of its own', { state: 'DONE', answer: 'x' }],
    ['money as a float', { state: 'COMPLETED', answer: 'x', costPico: 0.1 }],
  ])('to make sense (%s) ends with a sentence', async (_what, garbage) => {
    const task = await run(() => Promise.resolve(garbage as Outcome), { maxAttempts: 1 });
    expect(task.state).toBe('FAILED');
    expect(task.answer).toMatch(/^Agent \d+ came back with something that is no result \(.+\)/);
  });

  it('to return what can be kept from a step ends with a sentence', async () => {
    const task = await run(async (_task, { step }) => {
      await step('count', () => 1n as never);
      return done();
    });
    expect(task).toMatchObject({
      state: 'FAILED',
      answer: 'The step "count" returned what JSON cannot hold, so it could not be kept.',
    });
  });
});

describe('a worker that lost its task', () => {
  it('changes nothing any more, and is told', async () => {
    const { opened, open } = gate();
    const told: unknown[] = [];
    const stop = await tasks.work('Zombie', async (_task, context) => {
      void aborted(context).then((reason) => told.push(reason));
      await opened;
      await context.step('pay', () => 'paid').catch((error: unknown) => told.push(error));
      return done('by a zombie');
    });
    const { id } = await tasks.submit(taskFor('Zombie'));
    await until(id, 'WORKING');
    // Somebody else has begun it meanwhile.
    await execute(`UPDATE tasks.tasks SET attempt = attempt + 1 WHERE id = '${id}'`);
    open();
    await stop();
    expect(told).toMatchObject([{ code: 'LOST_TASK' }, { code: 'LOST_TASK' }]);
    expect(await tasks.get(id)).toMatchObject({ state: 'WORKING', answer: '', attempt: 2 });
    expect(await execute(`SELECT * FROM tasks.steps WHERE owner = '${id}'`)).toEqual([]);
    await tasks.cancel(id, OWNER);
  });

  it('has no effect any more once it has stood still for longer than its lease', async () => {
    const effects: number[] = [];
    const now = performance.now.bind(performance);
    const clock = jest.spyOn(performance, 'now');
    const task = await run(async ({ id, attempt }, { step }) => {
      if (attempt === 1) {
        // As somebody else takes it over while this process stands still.
        await execute(`UPDATE tasks.tasks SET attempt = 2 WHERE id = '${id}'`);
        clock.mockImplementation(() => now() + 60_000);
      }
      await step('effect', () => effects.push(attempt));
      return done();
    });
    clock.mockRestore();
    expect(effects).not.toContain(1);
    expect(task).toMatchObject({ state: 'COMPLETED', attempt: 3 });
  });

  it('is told although it never asks', async () => {
    const { opened, open } = gate();
    const name = await worker(async (_task, context) => {
      await aborted(context);
      open();
      return done();
    });
    const { id } = await tasks.submit(taskFor(name));
    await until(id, 'WORKING');
    await execute(`UPDATE tasks.tasks SET attempt = attempt + 1 WHERE id = '${id}'`);
    await opened;
    expect(await tasks.get(id)).toMatchObject({ state: 'WORKING', attempt: 2 });
    await tasks.cancel(id, OWNER);
  });
});

describe('tasks that depend on others', () => {
  it('begin when those are done, and get their results', async () => {
    const name = await worker(({ text }, { dependencies }) =>
      Promise.resolve(done(`${text}(${dependencies.map(({ answer }) => answer).join(',')})`)),
    );
    const [, , last] = (await tasks.submitAll([
      taskFor(name, { id: 'dep-a', text: 'a' }),
      taskFor(name, { id: 'dep-b', text: 'b', dependsOn: ['dep-a'] }),
      taskFor(name, { id: 'dep-c', text: 'c', dependsOn: ['dep-b', 'dep-a', 'dep-b'] }),
    ])) as [Task, Task, Task];
    expect(await tasks.waitFor(last.id)).toMatchObject({ answer: 'c(b(a()),a(),b(a()))' });
    // One that comes when all is done begins at once.
    const late = await tasks.submit(taskFor(name, { text: 'd', dependsOn: ['dep-a'] }));
    expect(await tasks.waitFor(late.id)).toMatchObject({ answer: 'd(a())' });
  });

  it.each<[string, TaskHandler, string]>([
    ['failed', () => Promise.resolve({ state: 'FAILED', answer: 'No data.' }), 'failed. No data.'],
    [
      'was turned down',
      () => Promise.resolve({ state: 'REJECTED', answer: 'Not mine.' }),
      'was turned down. Not mine.',
    ],
  ])('end when one of those %s, and so do those behind them', async (how, handler, ending) => {
    const name = await worker(handler);
    const other = await worker(() => Promise.resolve(done()));
    const id = (letter: string): string => `${how.replaceAll(' ', '-')}-${letter}`;
    await tasks.submitAll([
      taskFor(name, { id: id('a'), text: 'the figures' }),
      taskFor(other, { id: id('b'), dependsOn: [id('a')] }),
      taskFor(other, { id: id('c'), text: 'last', dependsOn: [id('b')] }),
    ]);
    expect(await tasks.waitFor(id('b'))).toMatchObject({
      state: 'FAILED',
      attempt: 0,
      answer: `This was not begun: "the figures" (${name}), whose result it needs, ${ending}`,
    });
    expect((await tasks.waitFor(id('c'))).answer).toMatch(`"work for ${other}" (${other})`);
    const late = await tasks.submit(taskFor(other, { dependsOn: [id('a')] }));
    expect((await tasks.waitFor(late.id)).state).toBe('FAILED');
  });

  it('wait while one of those waits, and go on with it', async () => {
    const name = await worker(({ attempt }) =>
      Promise.resolve(
        attempt === 1 ? { state: 'INPUT_REQUIRED', answer: 'Which year?' } : done('2025'),
      ),
    );
    const first = await tasks.submit(taskFor(name));
    const other = await worker((_task, { dependencies: [needed] }) =>
      Promise.resolve(done(needed?.answer)),
    );
    const second = await tasks.submit(taskFor(other, { dependsOn: [first.id] }));
    expect((await tasks.waitFor(first.id)).state).toBe('INPUT_REQUIRED');
    expect((await tasks.get(second.id)).state).toBe('SUBMITTED');
    await tasks.goOn(first.id);
    expect(await tasks.waitFor(second.id)).toMatchObject({ answer: '2025' });
  });

  it('in a circle, or on what is not there, are turned down with a sentence', async () => {
    const states = await tasks.submitAll([
      taskFor('nobody', { id: 'ring-a', dependsOn: ['ring-b'] }),
      taskFor('nobody', { id: 'ring-b', dependsOn: ['ring-a'] }),
      taskFor('nobody', { id: 'behind', dependsOn: ['ring-a'] }),
      taskFor('nobody', { id: 'self', dependsOn: ['self'] }),
      taskFor('nobody', { id: 'lost', dependsOn: ['nowhere'] }),
      taskFor('nobody', { id: 'orphan', parentId: 'nowhere' }),
    ]);
    const ended = await Promise.all(states.map(({ id }) => tasks.waitFor(id)));
    expect(ended.map(({ id, state }) => `${id} ${state}`)).toEqual([
      ...['ring-a REJECTED', 'ring-b REJECTED', 'behind FAILED'],
      ...['self REJECTED', 'lost REJECTED', 'orphan REJECTED'],
    ]);
    for (const { answer } of ended) expect(answer).toMatch(/^This was not begun: .+\.$/);
  });

  it('may name one that had been submitted before by its key', async () => {
    const name = await worker(({ text }) => Promise.resolve(done(text)));
    const first = await tasks.submit(taskFor(name, { idempotencyKey: 'before' }));
    const [again, next] = (await tasks.submitAll([
      taskFor(name, { id: 'other-id', idempotencyKey: 'before' }),
      taskFor(name, { text: 'next', dependsOn: ['other-id'] }),
    ])) as [Task, Task];
    expect(again.id).toBe(first.id);
    expect(next.dependsOn).toEqual([first.id]);
    expect((await tasks.waitFor(next.id)).state).toBe('COMPLETED');
  });
});

describe('canceling', () => {
  it('ends what has not begun, and its parts, and those that wait for it', async () => {
    const parent = await tasks.submit(taskFor('nobody'));
    const part = await tasks.submit(taskFor('nobody', { parentId: parent.id }));
    const behind = await tasks.submit(taskFor('nobody', { dependsOn: [part.id] }));
    expect(await tasks.cancel(parent.id, OWNER)).toMatchObject({
      state: 'CANCELED',
      answer: `Canceled by ${OWNER.id}.`,
    });
    expect(await tasks.children(parent.id)).toMatchObject([{ id: part.id, state: 'CANCELED' }]);
    expect((await tasks.waitFor(behind.id)).answer).toMatch(/was canceled/);
    await expect(tasks.cancel(parent.id, OWNER)).rejects.toThrow(/has ended already: CANCELED/);
  });

  it('tells the one who works on it, whose result is dropped', async () => {
    const { opened, open } = gate();
    const name = await worker(async (_task, context) => {
      await aborted(context);
      open();
      return done('all the same');
    });
    const { id } = await tasks.submit(taskFor(name));
    await until(id, 'WORKING');
    await tasks.cancel(id, OWNER);
    await opened;
    expect(await tasks.get(id)).toMatchObject({ state: 'CANCELED' });
  });

  it('is for those whose task it is, and for admins', async () => {
    const own = await tasks.submit(
      taskFor('nobody', { requester: { id: guest.id, role: 'guest' } }),
    );
    const other = await tasks.submit(taskFor('nobody'));
    await expect(tasks.cancel(other.id, guest)).rejects.toThrow(/cancel somebody else's task/);
    expect((await tasks.cancel(own.id, guest)).state).toBe('CANCELED');
    await expect(tasks.cancel('nowhere', OWNER)).rejects.toThrow(/no task nowhere/);
    await tasks.cancel(other.id, OWNER);
  });

  it('works by the first letters of an id', async () => {
    await tasks.submitAll([
      taskFor('nobody', { id: 'abcd-1', text: 'the report' }),
      taskFor('nobody', { id: 'abcd-12' }),
    ]);
    const { runtime } = agent;
    const cancel = (argument: string): Promise<string> =>
      commandsOf(runtime)
        .get('cancel')!
        .run({ runtime, principal: OWNER, argument, message: {} as never });
    await expect(cancel('abc')).rejects.toThrow('More than one task begins with abc');
    await expect(cancel('zzz')).rejects.toThrow('There is no task zzz of yours.');
    await expect(cancel('')).rejects.toThrow('There is no task');
    expect(await cancel('abcd-1')).toBe(
      `abcd-1 · CANCELED · nobody · the report\n  Canceled by ${OWNER.id}.`,
    );
    expect(await cancel('abcd-12')).toMatch('CANCELED');
  });
});

describe('an agent that stops working', () => {
  it.each([
    [{ drainMs: 20_000 }, { state: 'COMPLETED', attempt: 1 }],
    [{ drainMs: 100 }, { state: 'SUBMITTED', attempt: 1, failures: 0 }],
  ])('ends what it does within its time, or puts it back: %j', async (options, left) => {
    agents += 1;
    const name = `Agent ${agents}`;
    const end = await tasks.work(name, async () => {
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      return done();
    });
    const { id } = await tasks.submit(taskFor(name));
    await until(id, 'WORKING');
    await end(options);
    expect(await tasks.get(id)).toMatchObject(left);
  });
});

describe('what waits for something', () => {
  it('goes on once when it comes, however many say so', async () => {
    let begun = 0;
    const name = await worker(({ attempt }) => {
      begun += 1;
      return Promise.resolve(
        attempt === 1
          ? { state: 'AUTH_REQUIRED', answer: 'May I?', waitingFor: 'approval 7' }
          : done(),
      );
    });
    const all = await tasks.submitAll([taskFor(name), taskFor(name)]);
    for (const { id } of all)
      expect(await tasks.waitFor(id)).toMatchObject({
        state: 'AUTH_REQUIRED',
        waitingFor: 'approval 7',
      });
    expect(await tasks.list({ waitingFor: 'approval 7' })).toHaveLength(2);
    const going = await Promise.all(
      Array.from({ length: 4 }, () => tasks.goOn({ waitingFor: 'approval 7' })),
    );
    expect(going.flat()).toHaveLength(2);
    for (const { id } of all)
      expect(await tasks.waitFor(id)).toMatchObject({ state: 'COMPLETED', attempt: 2 });
    expect(begun).toBe(4);
    expect(await tasks.goOn(all[0]!.id)).toEqual([]);
  });
});

describe('waiting for a task', () => {
  it('ends with the time, the signal, or when there is none', async () => {
    const { id } = await tasks.submit(taskFor('nobody'));
    await expect(tasks.waitFor(id, { timeoutMs: 20 })).rejects.toThrow('is still being worked on');
    const signal = AbortSignal.abort(new OutOfPaperError());
    await expect(tasks.waitFor(id, { signal })).rejects.toThrow(OutOfPaperError);
    const control = new AbortController();
    const waiting = tasks.waitFor(id, { signal: control.signal });
    control.abort(new OutOfPaperError());
    await expect(waiting).rejects.toThrow(OutOfPaperError);
    await expect(tasks.waitFor('nowhere')).rejects.toThrow('There is no task nowhere');
    await tasks.cancel(id, OWNER);
  });
});

test('10,000 tasks at once are all kept, and can all be canceled', async () => {
  const parent = await tasks.submit(taskFor('nobody'));
  const all = await Promise.all(
    Array.from({ length: 10_000 }, (_, index) =>
      tasks.submit(taskFor(`Nobody ${index % 10}`, { parentId: parent.id })),
    ),
  );
  expect(new Set(all.map(({ id }) => id)).size).toBe(10_000);
  await tasks.cancel(parent.id, OWNER);
  expect(
    await execute(
      `SELECT count(*)::text AS n, state FROM tasks.tasks WHERE parent_id = '${parent.id}' GROUP BY state`,
    ),
  ).toEqual([{ n: '10000', state: 'CANCELED' }]);
}, 60_000);

describe('whatever happens to a task', () => {
  const BEHAVIOURS = ['done', 'ask', 'throw', 'give up', 'garbage', 'fail'] as const;
  type Behaviour = (typeof BEHAVIOURS)[number];

  function behave(behaviour: Behaviour): Outcome {
    switch (behaviour) {
      case 'done':
        return done();
      case 'ask':
        return { state: 'INPUT_REQUIRED', answer: 'What?' };
      case 'fail':
        return { state: 'FAILED', answer: 'No.' };
      case 'garbage':
        return { state: 'WORKING' } as unknown as Outcome;
      case 'give up':
        throw new OutOfPaperError();
      case 'throw':
        throw new TypeError('x');
    }
  }

  /** The state and the attempt that a script leads to, with two attempts each time. */
  function foresee(script: readonly Behaviour[]): { state: TaskState; attempt: number } {
    let failures = 0;
    for (const [index, behaviour] of script.entries()) {
      const attempt = index + 1;
      if (behaviour === 'done') return { state: 'COMPLETED', attempt };
      if (behaviour === 'fail' || behaviour === 'give up') return { state: 'FAILED', attempt };
      failures = behaviour === 'ask' ? 0 : failures + 1;
      if (failures === 2) return { state: 'FAILED', attempt };
    }
    return { state: 'COMPLETED', attempt: script.length + 1 };
  }

  it('its states follow one another as they may, and it ends as it should', async () => {
    const scripts = new Map<string, readonly Behaviour[]>();
    const history = new Map<string, { state: TaskState; attempt: number }[]>();
    const name = await worker(({ id, attempt }) =>
      Promise.resolve().then(() => behave(scripts.get(id)?.[attempt - 1] ?? 'done')),
    );
    const end = tasks.onChange(({ id, state, attempt }) =>
      history.get(id)?.push({ state, attempt }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...BEHAVIOURS), { maxLength: 5 }),
        fc.uuid(),
        async (script, id) => {
          scripts.set(id, script);
          history.set(id, []);
          await tasks.submit(taskFor(name, { id, maxAttempts: 2 }));
          let task = await tasks.waitFor(id);
          while (isWaiting(task.state)) {
            expect(await tasks.goOn(id)).toHaveLength(1);
            task = await tasks.waitFor(id);
          }
          expect(task).toMatchObject(foresee(script));
          expect(task.answer).not.toBe('');
          const seen = history.get(id)!;
          for (const [index, next] of seen.slice(1).entries()) {
            const before = seen[index]!;
            expect(mayFollow(before.state, next.state)).toBe(true);
            expect(next.attempt - before.attempt).toBe(next.state === 'WORKING' ? 1 : 0);
          }
          expect(seen.filter(({ state }) => hasEnded(state))).toHaveLength(1);
        },
      ),
      { numRuns: 40 },
    );
    end();
  });
});

describe('several agents of one process', () => {
  it('share their tasks, and what one leaves unfinished another does', async () => {
    const other = await startTasksAgent({ dataDir: fileDatabase() }, {}, 'Second Desk');
    let stopped: unknown;
    await other.tasks.work('Shared', async (_task, context) => {
      stopped = await aborted(context);
      return done('in time');
    });
    const { id } = await tasks.submit(taskFor('Shared'));
    await until(id, 'WORKING');
    await other.runtime.stop();
    expect(stopped).toMatchObject({ code: 'STOPPING' });
    expect(await tasks.get(id)).toMatchObject({ state: 'SUBMITTED', attempt: 1, failures: 0 });
    await tasks.work('Shared', () => Promise.resolve(done('by another')));
    expect(await tasks.waitFor(id)).toMatchObject({ answer: 'by another', attempt: 2 });
    await expect(other.tasks.list()).rejects.toThrow(/cannot keep tasks/);
  });

  it('find their tasks, and are told what a wrong setting is', async () => {
    expect(await tasksOf(agent.runtime)).toBe(tasks);
    const wrong = await startTasksAgent(
      { dataDir: fileDatabase() },
      { TASKS_LEASE_SECONDS: '9' },
      'Third Desk',
    );
    await expect(wrong.tasks.submit(taskFor('nobody'))).rejects.toThrow(
      /^Setting TASKS_LEASE_SECONDS: "9" is not valid/,
    );
    await wrong.runtime.stop();
  });
});

async function execute(statement: string): Promise<unknown[]> {
  const database = agent.runtime.db as { execute(query: unknown): Promise<{ rows: unknown[] }> };
  return (await database.execute(sql.raw(statement))).rows;
}
