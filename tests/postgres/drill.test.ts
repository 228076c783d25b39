import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
  startCompany,
  startWorker,
  type CompanyProcess,
  type WorkerProcess,
} from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const directories: string[] = [];
let postgres: TestPostgres;
let front: CompanyProcess;
let worker: WorkerProcess;
let standby: WorkerProcess;

beforeAll(async () => {
  postgres = await startPostgres({ vectors: true });
  front = await startCompany(await environmentOf(), 'start', ['--agents', 'Front Desk']);
  worker = await startWorker(['--agents', 'zara'], await environmentOf());
  standby = await startWorker(['--agents', 'zara', '--standby'], await environmentOf());
}, 180_000);
afterAll(async () => {
  for (const { process } of [front, worker, standby]) process.kill('SIGKILL');
  await postgres.stop();
  directories.forEach(removeDataDirectory);
});

async function environmentOf(): Promise<NodeJS.ProcessEnv> {
  const directory = makeDataDirectory();
  directories.push(directory);
  return emptyEnvironment(directory, { POSTGRES_URL: postgres.url });
}

interface Answer {
  readonly approvalId: string;
  readonly drills: readonly {
    readonly id: string;
    readonly state: string;
    readonly detectionMs: number | null;
    readonly recoveryMs: number | null;
  }[];
}

test('a kill drill: asked for over REST, approved in chat, and the standby does a task', async () => {
  const refused = await front.post('/resilience/drills', { kind: 'kill', target: 'nobody' });
  expect(JSON.stringify(refused.body)).toMatch(/There are: .*CTO Zara/);
  expect((await front.get('/resilience/drills', 'mallory')).status).toBe(403);

  const request = { kind: 'kill', target: 'Zara' };
  const { body } = await front.post('/resilience/drills', request);
  const { approvalId } = body as Answer;
  expect(worker.process.exitCode).toBeNull();
  expect((await front.ask(`/approve ${approvalId}`)).text).toContain('Drill: kill the process');
  let drill: Answer['drills'][number] | undefined;
  await eventually(async () => {
    const answer = (await front.get('/resilience/drills')).body as Answer;
    drill = answer.drills.find(({ id }) => id === approvalId);
    expect(drill?.state).toBe('succeeded');
  });
  expect(worker.process.signalCode).toBe('SIGKILL');
  expect(standby.process.exitCode).toBeNull();
  expect(drill!.detectionMs).toBeGreaterThan(0);
  expect(drill!.recoveryMs).toBeGreaterThan(0);
  expect((await front.ask('/drill')).text).toMatch(/succeeded: kill the process .* recovered/);
});
