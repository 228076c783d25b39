import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { OWNER } from '@371os/kernel';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { WorkerProcess } from '../support/worker-process.ts';
import { startTasksOnPostgres, taskFor, type TasksAgent } from '../tasks/agent-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), '371os-tasks-'));
const effects = join(folder, 'effects');
let postgres: TestPostgres;
let here: TasksAgent;
const running: WorkerProcess[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  here = await startTasksOnPostgres({ postgresUrl: postgres.url });
});
afterEach(async () => {
  for (const process of running.splice(0)) await process.kill();
});
afterAll(async () => {
  await here.tasks.stop();
  await here.runtime.adapter.close();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(name: string, more: Record<string, unknown> = {}): Promise<WorkerProcess> {
  const process = await WorkerProcess.start('tasks-worker.ts', {
    postgresUrl: postgres.url,
    effects,
    name,
    ...more,
  });
  running.push(process);
  return process;
}

function effectsOf(id: string): string[] {
  const lines = readFileSync(effects, 'utf8').trim().split('\n');
  return lines.filter((line) => line.includes(id)).map((line) => line.replace(/ \S+$/, ''));
}

describe('workers in processes of their own', () => {
  test('a killed one: another goes on after its last step, within 15 s or so', async () => {
    const first = await start('First', { hangAfter: 'two' });
    const { id } = await here.tasks.submit(taskFor('Worker'));
    await first.says('hangs after two');
    await start('Second');
    await first.kill();
    expect(await here.tasks.waitFor(id, { timeoutMs: 40_000 })).toMatchObject({
      state: 'COMPLETED',
      answer: 'attempt 2 by Second: 3',
      attempt: 2,
    });
    expect(effectsOf(id)).toEqual(['First one', 'First two', 'Second three']);
  });

  test('a paused one that wakes up after another took its task changes nothing, and is told', async () => {
    const zombie = await start('Zombie', { hangAfter: 'one' });
    const { id } = await here.tasks.submit(taskFor('Worker'));
    await zombie.says('hangs after one');
    zombie.pause();
    await start('Heir');
    const done = await here.tasks.waitFor(id, { timeoutMs: 40_000 });
    expect(done).toMatchObject({ state: 'COMPLETED', answer: 'attempt 2 by Heir: 3' });
    zombie.goOn();
    expect(await zombie.says('told')).toBe('LOST_TASK');
    expect(await here.tasks.get(id)).toEqual(done);
    expect(effectsOf(id)).toEqual(['Zombie one', 'Heir two', 'Heir three']);
  });

  test('one that works on a task that is canceled elsewhere is told at once', async () => {
    const worker = await start('Worker', { hangAfter: 'one' });
    const { id } = await here.tasks.submit(taskFor('Worker'));
    await worker.says('hangs after one');
    await here.tasks.cancel(id, OWNER);
    expect(await worker.says('told')).toBe('LOST_TASK');
    expect(effectsOf(id)).toEqual(['Worker one']);
  });

  test('several share a backlog, and each task is done once', async () => {
    await Promise.all(['A', 'B', 'C'].map((name) => start(name)));
    const all = await here.tasks.submitAll(
      Array.from({ length: 150 }, (_, index) =>
        taskFor('Worker', { id: `backlog-${String(index)}` }),
      ),
    );
    for (const { id } of all)
      expect(await here.tasks.waitFor(id, { timeoutMs: 40_000 })).toMatchObject({
        state: 'COMPLETED',
        attempt: 1,
      });
    const lines = effectsOf('backlog-');
    expect(lines).toHaveLength(450);
    expect(new Set(lines.map((line) => line[0]))).toEqual(new Set(['A', 'B', 'C']));
  });
});

test('records and late costs are kept by the same statements', async () => {
  const first = await here.tasks.submit(taskFor('Idler'));
  await here.tasks.submit(taskFor('Idler', { dependsOn: [first.id] }));
  await here.tasks.cancel(first.id, OWNER);
  await here.tasks.keepCost(first.id, 7n);
  expect(await here.tasks.get(first.id)).toMatchObject({ state: 'CANCELED', costPico: 7n });
  const [record] = await here.tasks.records(['Idler']);
  expect(record).toMatchObject({ agent: 'Idler', open: 0, completed: 0, failuresInARow: 0 });
});
