import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import {
  around,
  LifecycleProcess,
  nameFor,
  type Point,
  type Sight,
} from '../support/lifecycle-process.ts';
import { startSmallAgents, type SmallAgents } from '../support/small-agents.ts';

const START_MS = 240_000;
const SIGNAL = 'SIGKILL';
const FIRST = { index: 0, state: 'ready' };
const SECOND = { index: 1, state: 'ready' };

let akash: SmallAgents;
let company: LifecycleProcess;
let before: ReadonlySet<string> = new Set();

beforeAll(async () => {
  akash = await startSmallAgents();
  process.env['LIFECYCLE_SECRET'] = 'what-all-tokens-of-hosted-agents-are-made-of';
  company = await LifecycleProcess.start({
    ...{ ...akash.settings, AKASH_MORE_BIDS_MS: '300', TREASURY_AKASH_CAP_USD: '1000' },
    ...{ LIFECYCLE_SWEEP_MS: '1000', LIFECYCLE_DRAIN_MS: '2000', TASKS_CONCURRENCY: '1' },
  });
}, START_MS);

afterAll(async () => {
  delete process.env['LIFECYCLE_SECRET'];
  await company.end();
  await akash.stop();
}, START_MS);

// What a test has left that failed is no fault of the next one.
beforeEach(() => {
  before = new Set(akash.open());
});

function at(when: Point['when'], ...points: string[]): Point[] {
  return points.map((what) => ({ signal: SIGNAL, when, what }));
}

async function hosted(name: string): Promise<Sight> {
  company.order(`create ${name} akash`);
  const sight = await company.inState(name, 'ready', { progress: '', places: [FIRST] });
  company.order(`allow ${name} 3`);
  await company.says('allowed');
  return sight;
}

async function withTwo(name: string): Promise<Sight> {
  await hosted(name);
  company.order(`open ${name} 1`);
  return company.inState(name, 'ready', { places: [FIRST, SECOND] });
}

async function give(name: string, text: string): Promise<string> {
  company.order(`give ${name} ${text}`);
  return company.says('given');
}

async function expectLeases(count: number): Promise<void> {
  await eventually(async () => {
    const open = akash.open().filter((dseq) => !before.has(dseq));
    expect(open).toHaveLength(count);
    expect(akash.leased().filter((dseq) => !before.has(dseq))).toEqual(open);
  });
}

/** With its end nothing is left of it, wherever it worked. */
async function retire(name: string, { id }: Sight): Promise<void> {
  company.order(`retire ${name}`);
  await company.inState(name, 'stopped');
  await expectLeases(0);
  await eventually(async () => {
    expect(akash.copiesOf(id).at(-1)).toBe(0);
  });
}

/** Each of them was done, and by one alone. */
async function expectDoneOnce(name: string, tasks: readonly string[]): Promise<void> {
  const sight = await company.inState(name, 'ready', {
    tasks: tasks.map(() => ({ state: 'COMPLETED' })),
  });
  expect(sight.tasks.map(({ id }) => id).sort()).toEqual([...tasks].sort());
  for (const task of tasks) {
    const ends = akash.deedsOf(task).filter((deed) => deed.startsWith('ends'));
    expect(ends).toHaveLength(1);
  }
}

const OPENED = [
  ...around(SIGNAL, 'instance/opening'),
  ...at('before', 'place/create/done'),
  ...around(SIGNAL, 'place/lease/done'),
  ...at('before', 'place/manifest/done'),
  ...around(SIGNAL, 'instance/ready'),
];

describe('a process that dies while it opens one more place of a hosted agent', () => {
  test.each(OPENED)(
    '$when $what: there are two, each with one lease, or one and nothing is left over',
    async (point) => {
      const name = nameFor('More', point);
      const sight = await hosted(name);
      await company.arm(point);
      company.order(`open ${name} 1`);
      await company.fall(point);
      // Nobody knows of what was not written down; whoever scales asks again at its next look.
      if (point.when === 'before' && point.what === 'instance/opening')
        company.order(`open ${name} 1`);
      await company.inState(name, 'ready', { places: [FIRST, SECOND] });
      await expectLeases(2);
      expect(akash.copiesOf(sight.id).at(-1)).toBe(2);
      const tasks = [await give(name, 'count slowly'), await give(name, 'add slowly')];
      await expectDoneOnce(name, tasks);
      await retire(name, sight);
    },
    START_MS,
  );
});

const CLOSED = [
  ...around(SIGNAL, 'instance/draining'),
  ...around(SIGNAL, 'task/released'),
  ...at('before', 'task/save/done'),
  ...around(SIGNAL, 'instance/closed'),
];

describe('a process that dies while it closes a place in the middle of a task', () => {
  test.each(CLOSED)(
    '$when $what: one lease is left, and each task is done once',
    async (point) => {
      const name = nameFor('Less', point);
      const sight = await withTwo(name);
      const tasks = [await give(name, 'count slowly'), await give(name, 'add slowly')];
      await eventually(async () => {
        expect(tasks.flatMap((task) => akash.deedsOf(task))).toHaveLength(2);
      });
      await company.arm(point);
      company.order(`close ${name} 1 200`);
      await company.fall(point);
      if (point.when === 'before' && point.what === 'instance/draining')
        company.order(`close ${name} 1 200`);
      await company.inState(name, 'ready', { places: [FIRST] });
      await expectLeases(1);
      await expectDoneOnce(name, tasks);
      await eventually(async () => {
        expect(akash.copiesOf(sight.id).at(-1)).toBe(1);
      });
      await retire(name, sight);
    },
    START_MS,
  );
});

test.each(around(SIGNAL, 'task/given'))(
  'a process that dies $when it is written down to whom a task is given: it is done once',
  async (point) => {
    const name = nameFor('Given', point);
    const sight = await withTwo(name);
    await company.arm(point);
    company.order(`give ${name} count slowly`);
    await company.fall(point);
    const [task] = (await company.look(name)).tasks;
    await expectDoneOnce(name, [task?.id ?? '']);
    await retire(name, sight);
  },
  START_MS,
);

test(
  'a process that dies while it ends an agent with two places leaves none',
  async () => {
    const [point] = at('before', 'task/close/done') as [Point];
    const name = nameFor('Both', point);
    const sight = await withTwo(name);
    await company.arm(point);
    company.order(`retire ${name}`);
    await company.fall(point);
    await company.inState(name, 'stopped');
    await expectLeases(0);
    await eventually(async () => {
      expect(akash.copiesOf(sight.id).at(-1)).toBe(0);
    });
  },
  START_MS,
);

test(
  'a place that is closed at zero is brought back by the same name, and does what waited for it',
  async () => {
    const name = 'Sleeper';
    const sight = await hosted(name);
    company.order(`close ${name} 0 1000`);
    await company.inState(name, 'ready', { places: [] });
    await expectLeases(0);
    const task = await give(name, 'count slowly');
    company.order(`open ${name} 0`);
    await company.inState(name, 'ready', { places: [FIRST] });
    await expectLeases(1);
    await expectDoneOnce(name, [task]);
    await retire(name, sight);
  },
  START_MS,
);
