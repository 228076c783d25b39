import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { OWNER, parseUsd } from '@371os/kernel';
import akashPlugin from '@371os/plugin-akash';
import lifecyclePlugin, { lifecycleOf } from '@371os/plugin-lifecycle';
import resiliencePlugin, {
  Database,
  resilienceOf,
  type ScalingReport,
} from '@371os/plugin-resilience';
import { RoutedCompany } from '../router/company-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { startSmallAgents, type SmallAgents } from '../support/small-agents.ts';

const START_MS = 240_000;
const LONG_MS = 60_000;
const NAME = 'Analyst';
const SLEEPER = 'Sleeper';
const UACT_AT_FIRST = 500_000_000n;

let network: SmallAgents;
let company: RoutedCompany;
let id: string;

beforeAll(async () => {
  network = await startSmallAgents();
  process.env['LIFECYCLE_SECRET'] = 'what-all-tokens-of-hosted-agents-are-made-of';
  company = await RoutedCompany.start(
    {
      ...{ ...network.settings, AKASH_MORE_BIDS_MS: '300', AKASH_WATCH_MS: '500' },
      ...{ TREASURY_AKASH_CAP_USD: '1000', LIFECYCLE_SWEEP_MS: '1000', TASKS_CONCURRENCY: '1' },
      RESILIENCE_SCALING: JSON.stringify({
        [NAME]: { min: 1, max: 3, queueDepth: 2, cpuPercent: 60 },
        [SLEEPER]: { min: 0, max: 1, queueDepth: 2 },
      }),
      ...{ RESILIENCE_SCALING_EVERY_MS: '500', RESILIENCE_SCALING_DOWN_MS: '1000' },
      RESILIENCE_SCALING_COOLDOWN_MS: '2000',
    },
    [akashPlugin, lifecyclePlugin, resiliencePlugin],
  );
  id = await host(NAME);
}, START_MS);

afterAll(async () => {
  delete process.env['LIFECYCLE_SECRET'];
  await company.stop();
  await network.stop();
}, START_MS);

/** Has an agent made on Akash, and returns its id. */
async function host(name: string): Promise<string> {
  const desk = await (await lifecycleOf(company.agent('Front Desk'))).desk();
  const { approval, isBegun, agentId } = await desk.create(
    { name, hosting: 'akash', resources: { maxMonthlyUsd: '9' } },
    { requester: OWNER },
    true,
  );
  if (!isBegun) await company.treasury.grant(approval.id, { principal: OWNER });
  await eventually(async () => {
    expect(await desk.find(name)).toMatchObject({ state: 'ready' });
  }, LONG_MS);
  return agentId;
}

async function retire(name: string): Promise<void> {
  const desk = await (await lifecycleOf(company.agent('Front Desk'))).desk();
  const { approval } = await desk.retire(name, undefined, { requester: OWNER });
  await company.treasury.grant(approval.id, { principal: OWNER });
  await eventually(async () => {
    expect(await desk.find(name)).toMatchObject({ state: 'stopped' });
  }, LONG_MS);
}

async function report(name = NAME): Promise<ScalingReport> {
  return (await resilienceOf(company.agent('Front Desk'))).scaling.explain(name);
}

async function hasReady(count: number): Promise<void> {
  await eventually(async () => {
    const { instances } = await report();
    expect(instances.map(({ state }) => state)).toEqual(Array(count).fill('ready'));
    expect(network.open()).toHaveLength(count);
  }, LONG_MS);
}

function running(): number | undefined {
  return network.copiesOf(id).at(-1);
}

async function give(text: string): Promise<string> {
  const { id } = await company.tasks.submit({
    ...{ agent: NAME, text, roomId: crypto.randomUUID(), isConfidential: false },
    requester: { id: OWNER.id, role: 'owner' },
  });
  return id;
}

async function pendingRanges(): Promise<string[]> {
  const pending = await company.treasury.approvals.pending();
  return pending.flatMap(({ kind, id }) => (kind === 'lifecycle-instances' ? [id] : []));
}

/** How often the leader has found that more instances would be right than were approved. */
async function looksThatNeedApproval(): Promise<number> {
  const database = new Database(company.agent('Front Desk').db as never);
  const [row] = await database.query(
    sql`SELECT count(*)::integer AS count FROM resilience.scalings WHERE reason LIKE '%needs approval%'`,
    z.object({ count: z.number() }),
  );
  return row?.count ?? 0;
}

describe('an agent that is hosted on Akash', () => {
  test('is not scaled before the owner has approved how far, and is asked for once', async () => {
    const said = await company.command(`scale ${NAME} to 2`);
    expect(said).toMatch(/Analyst: 1 instance now, and that is right \(from 1 to 3\)/);
    expect(said).toMatch(/needs approval: 1 instance may be paid for so far, and 2 instances/);
    expect(said).toContain('cpuPercent does not count: providers on Akash do not report it.');
    const [asked = '', ...others] = await pendingRanges();
    expect(others).toEqual([]);
    expect(said).toContain(
      `Let Analyst have 1 to 3 instances on Akash, each at most $0.0124 an hour ($9.00 a month), together up to $18.00 more a month?\nTo approve it, the owner writes: /approve ${asked}`,
    );
    expect(await company.command(`/scale ${NAME} 2`)).toContain(asked);
    const looks = await looksThatNeedApproval();
    await eventually(async () => {
      expect(await looksThatNeedApproval()).toBeGreaterThan(looks + 1);
    });
    expect(await pendingRanges()).toEqual([asked]);
    expect(network.open()).toHaveLength(1);
    expect(await company.command(`/approve ${asked}`)).toContain(
      'Analyst may have 1 to 3 instances from now on',
    );
  });

  test(
    'has a second lease then, and two tasks at once are worked on by the two',
    async () => {
      await hasReady(2);
      const ids = await Promise.all(['count slowly', 'add slowly'].map(give));
      await eventually(() => {
        expect(ids.map((task) => network.deedsOf(task)).flat()).toHaveLength(2);
        return Promise.resolve();
      });
      const ports = ids.map((task) => network.deedsOf(task)[0]);
      expect(new Set(ports).size).toBe(2);
      await eventually(async () => {
        const { instances } = await report();
        expect(instances.map((one) => one.running)).toEqual([1, 1]);
      });
      for (const task of ids)
        expect(await company.tasks.waitFor(task)).toMatchObject({ state: 'COMPLETED' });
    },
    START_MS,
  );

  test(
    'is drained to one: what was begun ends, the lease is closed once, and the deposit is back',
    async () => {
      const ids = await Promise.all(['one slowly', 'two slowly'].map(give));
      await eventually(() => {
        expect(ids.map((task) => network.deedsOf(task)).flat()).toHaveLength(2);
        return Promise.resolve();
      });
      expect(await company.command(`scale ${NAME} to 1`)).toContain('1 would be right');
      await hasReady(1);
      for (const task of ids) {
        expect(await company.tasks.waitFor(task)).toMatchObject({ state: 'COMPLETED' });
        expect(network.deedsOf(task)).toHaveLength(2);
      }
      await eventually(() => {
        expect(running()).toBe(1);
        return Promise.resolve();
      });
    },
    START_MS,
  );

  test(
    'grows with a burst by itself and shrinks again, with each task done once',
    async () => {
      await company.command(`scale ${NAME} by itself`);
      const ids = await Promise.all(
        Array.from({ length: 9 }, (_none, place) => give(`burst ${String(place)} slowly`)),
      );
      await eventually(async () => {
        expect(network.open()).toHaveLength(3);
        expect((await report()).instances).toHaveLength(3);
      }, LONG_MS);
      for (const task of ids) {
        expect(await company.tasks.waitFor(task)).toMatchObject({ state: 'COMPLETED' });
        expect(network.deedsOf(task)).toHaveLength(2);
      }
      const { decision, cost } = await report();
      expect(decision.pricePicoPerHour).toBe(parseUsd('0.0124'));
      expect(cost.instanceSeconds).toBeLessThan(cost.fixedInstanceSeconds);
      await hasReady(1);
    },
    START_MS,
  );

  test(
    'is failed over with all its instances, or one of them by its name',
    async () => {
      await company.command(`scale ${NAME} to 2`);
      await hasReady(2);
      const { failovers } = await resilienceOf(company.agent('Front Desk'));
      const first = await failovers.failOver(`${NAME}#1`, OWNER);
      expect(first).toHaveLength(1);
      const before = network.open();
      for (const { task } of first) await company.tasks.waitFor(task.id);
      const between = network.open();
      expect(between.filter((dseq) => before.includes(dseq))).toHaveLength(1);
      const both = await failovers.failOver(NAME, OWNER);
      expect(both).toHaveLength(2);
      for (const { task } of both)
        expect(await company.tasks.waitFor(task.id)).toMatchObject({ state: 'COMPLETED' });
      await hasReady(2);
      expect(network.open().filter((dseq) => between.includes(dseq))).toEqual([]);
      const tasks = await Promise.all(['moved slowly', 'both slowly'].map(give));
      for (const task of tasks)
        expect(await company.tasks.waitFor(task)).toMatchObject({ state: 'COMPLETED' });
      expect(new Set(tasks.map((task) => network.deedsOf(task)[0])).size).toBe(2);
    },
    START_MS,
  );

  test(
    'goes to sleep where it may, and the next task has it come back within its first approval',
    async () => {
      const sleeper = await host(SLEEPER);
      await eventually(async () => {
        expect((await report(SLEEPER)).instances).toEqual([]);
        expect(network.copiesOf(sleeper)).toEqual([1, 0]);
      }, LONG_MS);
      const ask = { text: 'count the sheep', principal: OWNER, room: 'main', agent: SLEEPER };
      const { tasks } = await company.router.ask(ask);
      const [task] = tasks;
      expect(await company.tasks.waitFor(task?.id ?? '')).toMatchObject({
        ...{ state: 'COMPLETED', answer: 'Done there: count the sheep' },
      });
      await eventually(async () => {
        expect(network.copiesOf(sleeper)).toEqual([1, 0, 1, 0]);
      }, LONG_MS);
      await retire(SLEEPER);
    },
    START_MS,
  );

  test(
    'is retired with all its instances: no lease, no process, and all deposits back',
    async () => {
      await company.command(`scale ${NAME} to 2`);
      await hasReady(2);
      await retire(NAME);
      expect(network.open()).toEqual([]);
      await eventually(() => {
        expect(running()).toBe(0);
        return Promise.resolve();
      });
      const { devnet } = network;
      const rows = await company.treasury.ledger({ category: 'akash', limit: 1_000 });
      const rentPico = rows
        .filter(({ model }) => model === 'lease')
        .reduce((sum, { costPico }) => sum + costPico, 0n);
      const balance = devnet.chain.state.bank.balance(devnet.tenant.address, 'uact');
      expect(balance + rentPico / 1_000_000n).toBe(UACT_AT_FIRST);
      const { caps } = await company.treasury.summary();
      expect(caps.every(({ reservedPico }) => reservedPico === 0n)).toBe(true);
    },
    START_MS,
  );
});
