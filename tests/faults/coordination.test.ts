import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TaskState } from '@a2a-js/sdk';
import { Partner } from '../coordination/partner.ts';
import { eventually } from '../support/eventually.ts';
import { WorkerProcess } from '../support/worker-process.ts';

const TEST_MS = 180_000;
const PRICE = '50000000000';

interface Sight {
  readonly agents: readonly string[];
  readonly tasks: readonly {
    readonly id: string;
    readonly state: string;
    readonly answer: string;
  }[];
  readonly costs: readonly { readonly cost: string; readonly task?: string }[];
  /** Of the company's tools, in each window. */
  readonly reserved: readonly string[];
}

let folder: string;
let partner: Partner;
let company: WorkerProcess;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), '371os-remote-'));
  partner = await Partner.start();
  await start();
}, TEST_MS);

afterEach(async () => {
  await company.kill();
  await partner.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  company = await WorkerProcess.start('remote-worker.ts', {
    dataDir: join(folder, 'pglite'),
    settings: {
      COORDINATION_A2A_LOOPBACK: 'true',
      COORDINATION_A2A_AGENTS: JSON.stringify([{ url: partner.url, usdPerTask: '0.05' }]),
      ELIZA_SERVER_AUTH_TOKEN: 'the-token-of-the-owner',
      ROUTER_TASK_TIMEOUT_MS: '8000',
      TREASURY_TOOLS_CAP_USD: '1.00',
    },
  });
  await sees({ agents: [nameOf(partner)] });
}

const nameOf = ({ url }: Partner): string => `Lingua @ ${new URL(url).host}`;

async function look(): Promise<Sight> {
  company.order('look');
  return JSON.parse(await company.says('sees')) as Sight;
}

async function sees(what: object): Promise<Sight> {
  let sight: Sight | undefined;
  await eventually(async () => {
    sight = await look();
    expect(sight).toMatchObject(what);
  }, 60_000);
  return sight as Sight;
}

/** Gives the partner a task, and has the company die on the way, where it is told. */
async function dieAt(when: string, point: string): Promise<void> {
  company.order(`kill ${when} ${point}`);
  await company.says('armed');
  company.order(`ask ${nameOf(partner).replaceAll(' ', '_')} Translate it`);
  await company.gone();
}

/** Nothing is open any more, and the ledger has the one task once, or not at all. */
async function settled(state: string, costs: readonly string[], left = '0'): Promise<void> {
  const sight = await sees({ tasks: [{ state }] });
  const [task] = sight.tasks;
  await eventually(async () => {
    const { costs: rows, reserved } = await look();
    const paid = rows.filter(({ cost }) => cost !== '0');
    expect(paid.map(({ cost }) => cost)).toEqual(costs);
    expect(paid.every((row) => row.task === task?.id)).toBe(true);
    expect([...new Set(reserved)]).toEqual([left]);
  }, 30_000);
}

describe('a company that dies while an agent of another organisation does a task', () => {
  test(
    'follows it when it is there again, and has it paid for once',
    async () => {
      const { promise, resolve } = Promise.withResolvers<string>();
      partner.behaviour = () => promise;
      await dieAt('after', 'taken');
      expect(partner.asked).toHaveLength(1);
      await start();
      expect((await look()).costs).toEqual([]);
      resolve('Traduzido.');
      await sees({ tasks: [{ state: 'COMPLETED', answer: 'Traduzido.' }] });
      await settled('COMPLETED', [PRICE]);
      expect(partner.asked).toHaveLength(1);
    },
    TEST_MS,
  );

  // What was reserved for a task of which nothing was written down is free again when its lease ends.
  test.each([
    ['before', 'given', { asked: 1, left: PRICE }],
    ['after', 'given', { asked: 1, left: '0' }],
    // The partner keeps no ids of messages: it does again what it was sent again.
    ['before', 'taken', { asked: 2, left: '0' }],
    ['before', 'ended', { asked: 1, left: '0' }],
    ['after', 'ended', { asked: 1, left: '0' }],
  ])(
    'right %s it writes down that it is %s has it done, and paid for once',
    async (when, point, { asked, left }) => {
      await dieAt(when, point);
      await start();
      await settled('COMPLETED', [PRICE], left);
      expect(partner.asked).toHaveLength(asked);
    },
    TEST_MS,
  );

  test.each(['before', 'after'])(
    'right %s it writes down that it was refused pays nothing',
    async (when) => {
      partner.behaviour = (_text, { end }) => {
        end(TaskState.TASK_STATE_REJECTED, 'Not my language.');
        return undefined;
      };
      await dieAt(when, 'ended');
      await start();
      await settled('REJECTED', []);
      expect(partner.asked).toHaveLength(1);
    },
    TEST_MS,
  );

  test.each([
    ['before', '0'],
    ['after', PRICE],
  ])(
    'right %s it forgets what was turned away asks again, and pays for that once',
    async (when, left) => {
      partner.fault = 'refuses';
      partner.faultsLeft = 1;
      await dieAt(when, 'forgotten');
      await start();
      await settled('COMPLETED', [PRICE], left);
      expect(partner.asked).toHaveLength(1);
    },
    TEST_MS,
  );

  test(
    'has it canceled there when it was canceled here, and pays for it once',
    async () => {
      partner.behaviour = async (_text, { canceled }) => {
        await canceled;
        return undefined;
      };
      await dieAt('after', 'taken');
      await start();
      company.order('cancel');
      await eventually(async () => expect(partner.canceled).toHaveLength(1), 60_000);
      await settled('CANCELED', [PRICE]);
    },
    TEST_MS,
  );
});
