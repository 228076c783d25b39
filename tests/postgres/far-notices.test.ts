// Two processes of one company on one PostgreSQL: who is at Telegram is the front, and who deploys is a worker. What the
// worker finds out later reaches the chat in which that was asked for, once.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { LeaseClosedReason } from '@akashnetwork/chain-sdk/private-types/akash.v1';
import { startTestDevnet, type TestDevnet } from '../support/akash-devnet.ts';
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
import { TestTelegram, type Person } from '../support/telegram-server.ts';

const START_MS = 180_000;
const TOKEN = '111:front-desk-secret';
const ORDER = 'deploy nginx:alpine with half a cpu and 512Mi for at most 5 dollars a month in eu';
const owner: Person = { id: 1_001, name: 'olga' };
let telegram: TestTelegram;
let network: TestDevnet;
let postgres: TestPostgres;
let front: CompanyProcess;
let worker: WorkerProcess;
const directories = [makeDataDirectory(), makeDataDirectory()] as const;

beforeAll(async () => {
  telegram = await TestTelegram.start({ [TOKEN]: { id: 111, username: 'FrontDeskBot' } });
  network = await startTestDevnet(100);
  postgres = await startPostgres({ vectors: true });
  const common = {
    ...{ ...network.settings, AKASH_WATCH_MS: '500', POSTGRES_URL: postgres.url },
    OWNER_ACCOUNTS: `telegram:${owner.id}`,
  };
  const [atFront, inWorker] = directories;
  front = await startCompany(
    await emptyEnvironment(atFront, {
      ...{ ...common, TELEGRAM_API_ROOT: telegram.url, TELEGRAM_BOT_TOKEN: TOKEN },
    }),
    'start',
    ['--agents', 'Front Desk'],
  );
  worker = await startWorker(['--agents', 'CTO Zara'], await emptyEnvironment(inWorker, common));
}, START_MS);
afterAll(async () => {
  const ended = once(worker.process, 'exit');
  worker.process.kill('SIGTERM');
  await Promise.all([ended, front.stop()]);
  await postgres.stop();
  await network.stop();
  await telegram.stop();
  for (const directory of directories) removeDataDirectory(directory);
}, START_MS);

test(
  'a lease that is lost in the sight of a worker is told in the chat, once',
  async () => {
    const heard = (words: RegExp): ReturnType<TestTelegram['in']> =>
      telegram.in(owner.id).filter(({ visible }) => words.test(visible));
    await eventually(async () => {
      const { agents } = (await front.get('/router/agents')).body as { agents: { name: string }[] };
      expect(agents.map(({ name }) => name)).toContain('CTO Zara');
    });
    telegram.write(TOKEN, owner, ORDER);
    await eventually(async () => expect(heard(/Plan \(dry run/)).toHaveLength(1));
    const [plan] = heard(/Plan \(dry run/);
    telegram.press(TOKEN, owner, plan!, plan?.buttons[0] ?? '');
    await eventually(async () => expect(heard(/runs: http/)).not.toEqual([]), 60_000);
    const dseq = /number (\d+) on chain/.exec(heard(/runs: http/)[0]?.visible ?? '')?.[1] ?? '';
    await network.devnet.closeLeases(
      { owner: network.devnet.tenant.address, dseq },
      LeaseClosedReason.lease_closed_reason_unstable,
    );
    await eventually(async () => expect(heard(/its lease.* has been lost/)).toHaveLength(1));
    telegram.write(TOKEN, owner, '/help');
    await eventually(async () => expect(heard(/\/help/)).not.toEqual([]));
    expect(heard(/its lease.* has been lost/)).toHaveLength(1);
  },
  START_MS,
);
