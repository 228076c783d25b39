import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { WorkerProcess } from '../support/worker-process.ts';
import { startTasksAgent, taskFor } from '../tasks/agent-fixture.ts';
import { fileDatabase, freshDatabase } from '../support/fresh-database.ts';

const folder = mkdtempSync(join(tmpdir(), '371os-tasks-'));
const dataDir = freshDatabase();
const effects = join(folder, 'effects');

const running: WorkerProcess[] = [];
async function start(order: Record<string, unknown>): Promise<WorkerProcess> {
  const process = await WorkerProcess.start('tasks-worker.ts', { dataDir, effects, ...order });
  running.push(process);
  return process;
}
afterEach(async () => {
  for (const process of running.splice(0)) await process.kill();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function effectsOf(key: string): string[] {
  const lines = readFileSync(effects, 'utf8').trim().split('\n');
  return lines.filter((line) => line.includes(key)).map((line) => line.replace(/ \S+$/, ''));
}

test('kill -9 between two steps: the next process goes on after the last one that was kept', async () => {
  const first = await start({ name: 'First', hangAfter: 'two', submits: 'killed' });
  await first.says('hangs after two');
  await first.kill();

  // On PGlite nobody else can be working, so it does not wait for the lease.
  const second = await start({ name: 'Second', hangAfter: 'three' });
  await second.says('hangs after three');
  await second.kill();

  const third = await start({ name: 'Third' });
  expect(await third.says('ended')).toBe('killed COMPLETED attempt 3 by Third: 3');
  expect(effectsOf('killed/')).toEqual(['First one', 'First two', 'Second three']);
});

test('a task that kills its process each time ends as a dead letter with a sentence', async () => {
  for (let round = 1; round <= 3; round += 1) {
    const process = await start({
      name: `Round ${String(round)}`,
      hangAfter: 'one',
      ...(round === 1 ? { submits: 'poison' } : {}),
    });
    // The step is kept after the first time, so it stops there without doing it again.
    await process.says('hangs after one');
    await process.kill();
  }
  const last = await start({ name: 'Last' });
  expect(await last.says('ended')).toBe(
    'poison FAILED The server stopped while Worker was working on this. It was tried 3 times.',
  );
  expect(effectsOf('poison/')).toEqual(['Round 1 one']);
});

test('kill -9 inside a step of a saga: the next process does that step again, with the same key', async () => {
  const first = await start({ name: 'First', hangAfter: 'two', saga: 'host:9' });
  await first.says('hangs after two');
  await first.kill();
  const second = await start({ name: 'Second', saga: 'host:9' });
  expect(JSON.parse(await second.says('outcome'))).toEqual({
    one: 'one saga:host:9/one by First',
    two: 'two saga:host:9/two by Second',
    three: 'three saga:host:9/three by Second',
  });
  expect(effectsOf('host:9/')).toEqual(['First one', 'First two', 'Second two', 'Second three']);
});

test('a process that stood still for longer than a lease goes on with what is still its own', async () => {
  const { runtime, tasks } = await startTasksAgent({ dataDir: fileDatabase() });
  const leaseMs = 10_000;
  await tasks.work('Worker', async () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, leaseMs + 1_000);
    // All that was due meanwhile gets its turn before the work is done.
    await new Promise((done) => setTimeout(done, 500));
    return { state: 'COMPLETED', answer: 'done' };
  });
  const { id } = await tasks.submit(taskFor('Worker'));
  expect(await tasks.waitFor(id, { timeoutMs: 2 * leaseMs })).toMatchObject({
    state: 'COMPLETED',
    attempt: 1,
  });
  await runtime.stop();
});
