import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
  startCompany,
  type CompanyProcess,
} from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { FaultFigures } from '../support/fault-figures.ts';
import { PLACES, type Ground, type Place } from '../support/ground.ts';
import { LoopbackGround } from '../support/loopback-ground.ts';
import { Namespaces, whyNoNamespaces } from '../support/namespaces.ts';

const START_MS = 240_000;
const CUT_OFF_MS = 10_000;
const SYNC_WITHIN_MS = 60_000;
const QUESTION = 'Where is the spare key of the generator?';
const ANSWER = 'The spare key of the generator hangs behind the red door.';
const TASKS = Array.from(
  { length: 12 },
  (_, index) => `How much of our budget is left, asked for the ${String(index + 1)}th time?`,
);

// The smallest companies that can be asked something: one of them has somebody for money.
const STAFF: Readonly<Record<Place, readonly string[]>> = {
  near: ['front-desk', 'cto-zara'],
  beside: ['front-desk', 'cto-zara'],
  far: ['front-desk', 'cfo-maya'],
};
// One clock is right, and the others are not.
const CLOCKS_AHEAD_MS: Readonly<Record<Place, number>> = {
  near: 0,
  beside: 3_600_000,
  far: -3_600_000,
};
const CLOCK = new URL('../support/clock-ahead.ts', import.meta.url).href;

interface Mode {
  readonly mode: { readonly state: string; readonly by: string; readonly cause: string };
  readonly outage: { readonly endedAt?: string } | null;
  readonly canTellOutage: boolean;
}

const figures = new FaultFigures({
  'the uplink cut to backup mode': CUT_OFF_MS,
  'a question answered from another node': 3_000,
  'the uplink back to every task done': SYNC_WITHIN_MS,
});
const directories = new Map<Place, string>();
const companies = new Map<Place, CompanyProcess>();
let ground: Ground;

beforeAll(async () => {
  ground = await makeGround();
  process.stdout.write(`three nodes ${ground.how}, their clocks an hour apart\n`);
  await Promise.all(PLACES.map((place) => startNode(place)));
}, START_MS);
afterAll(async () => {
  await Promise.all([...companies.values()].map((company) => company.stop()));
  await ground.remove();
  for (const directory of directories.values()) removeDataDirectory(directory);
}, START_MS);

// MESH_ON_LOOPBACK has it run as where nobody may make namespaces.
async function makeGround(): Promise<Ground> {
  const problem = process.env['MESH_ON_LOOPBACK'] ? 'it was asked for' : whyNoNamespaces();
  if (problem === undefined) return Namespaces.make();
  process.stdout.write(`no network namespaces: ${problem}\n`);
  return LoopbackGround.make();
}

async function startNode(place: Place): Promise<void> {
  const directory = makeDataDirectory();
  directories.set(place, directory);
  const own = ground.environment(place);
  const environment = await emptyEnvironment(directory, {
    ...own,
    ...{
      RESILIENCE_NODE_NAME: place,
      RESILIENCE_MESH_KEY: 'what three nodes of one company share',
    },
    RESILIENCE_SHARED_FOLDER: sharedFolder(place, directory),
    CHARACTERS_DIR: charactersOf(place, directory),
    CLOCK_AHEAD_MS: String(CLOCKS_AHEAD_MS[place]),
    NODE_OPTIONS: `${own['NODE_OPTIONS'] ?? ''} --import=${CLOCK}`.trim(),
  });
  const port = Number(environment['SERVER_PORT']);
  await ground.openDoor(place, port, directory);
  companies.set(place, await startCompany(environment, 'start', [], ground.within(place)));
}

function charactersOf(place: Place, directory: string): string {
  const folder = join(directory, 'characters');
  mkdirSync(folder);
  for (const name of STAFF[place])
    copyFileSync(`characters/${name}.json`, join(folder, `${name}.json`));
  return folder;
}

function sharedFolder(place: Place, directory: string): string {
  const folder = join(directory, 'shared');
  mkdirSync(folder);
  if (place === 'beside') writeFileSync(join(folder, 'keys.md'), `# Keys\n\n${ANSWER}`);
  return folder;
}

function at(place: Place): CompanyProcess {
  const company = companies.get(place);
  if (!company) throw new RangeError(`${place} was not started`);
  return company;
}

async function modeAt(place: Place): Promise<Mode> {
  return (await at(place).get('/resilience/mode')).body as Mode;
}

async function tasksAt(place: Place): Promise<{ state: string; text: string; agent: string }[]> {
  const { body } = await at(place).get('/router/tasks?limit=100');
  const { tasks } = body as { tasks: { state: string; text: string; agent: string }[] };
  return tasks.filter(({ text }) => TASKS.includes(text));
}

async function syncRateAt(place: Place): Promise<{ value: number | null; n: number }> {
  const { body } = await at(place).get('/resilience/report');
  return (body as { offlineSyncRate: { value: number | null; n: number } }).offlineSyncRate;
}

function nodesSeenFrom(place: Place): Promise<string> {
  return at(place)
    .ask('/nodes')
    .then(({ text }) => text);
}

test(
  'without its uplink a network goes on by itself, and what it owes others is done once when it is back',
  async () => {
    await eventually(async () => {
      for (const place of PLACES) {
        expect(await modeAt(place)).toMatchObject({
          mode: { state: 'normal' },
          canTellOutage: true,
        });
        expect((await nodesSeenFrom(place)).match(/can be reached/g)).toHaveLength(2);
      }
      const { body } = await at('near').get('/router/agents');
      expect(JSON.stringify(body)).toContain('CFO Maya');
    });

    expect((await nodesSeenFrom('near')).split('\n').sort()).toEqual([
      expect.stringMatching(/^beside can be reached, .* its clock is 3(?:599|600|601) s ahead$/),
      expect.stringMatching(/^far can be reached, .* its clock is 3(?:599|600|601) s behind$/),
    ]);

    const cutAtMs = performance.now();
    ground.cut();
    figures.count();
    await Promise.all(
      (['near', 'beside'] as const).map(async (place) => {
        await eventually(async () => {
          expect((await modeAt(place)).mode).toMatchObject({ state: 'backup', by: 'system' });
        });
        figures.note('the uplink cut to backup mode', performance.now() - cutAtMs);
      }),
    );

    const askedAtMs = performance.now();
    const { text, tasks } = await at('near').ask(QUESTION, { as: 'ann' });
    figures.note('a question answered from another node', performance.now() - askedAtMs);
    expect(text).toContain(ANSWER);
    expect(text).toMatch(/not a new answer, but what beside has kept/);
    expect(tasks).toEqual([]);

    const given = await Promise.all(
      TASKS.map((task, index) =>
        at('near').ask(task, { agent: 'CFO Maya', room: `room-${String(index)}` }),
      ),
    );
    for (const answer of given)
      expect(answer.tasks).toMatchObject([
        { state: 'INPUT_REQUIRED', answer: expect.stringMatching(/far cannot be reached now/) },
      ]);
    expect(await tasksAt('far')).toEqual([]);
    expect((await modeAt('far')).mode.state).toBe('normal');

    const backAtMs = performance.now();
    ground.heal();
    await eventually(async () => {
      const done = TASKS.map(() => 'COMPLETED');
      expect((await tasksAt('near')).map(({ state }) => state)).toEqual(done);
    }, 3 * SYNC_WITHIN_MS);
    figures.note('the uplink back to every task done', performance.now() - backAtMs);

    // A letter counts once its minute is over, whether it was applied in it or not.
    await eventually(async () => {
      const { value, n } = await syncRateAt('near');
      expect({ value, n }).toEqual({ value: 1, n: TASKS.length });
    }, 2 * SYNC_WITHIN_MS);
    const { value, n } = await syncRateAt('near');
    process.stdout.write(`offline_sync_rate: ${String(value)} (n ${String(n)})\n`);
    const applied = await tasksAt('far');
    expect(applied.map(({ text: task }) => task).sort()).toEqual([...TASKS].sort());
    expect(new Set(applied.map(({ state }) => state))).toEqual(new Set(['COMPLETED']));

    // The outage is over, and nobody has said yet that backup mode is.
    await eventually(async () => {
      const { mode, outage } = await modeAt('near');
      expect({
        state: mode.state,
        ended: outage?.endedAt !== undefined || outage === null,
      }).toEqual({
        state: 'backup',
        ended: true,
      });
    });
    expect((await at('near').ask('/backup off', { as: 'ann' })).text).toMatch(/[Oo]nly the owner/);
    for (const place of ['near', 'beside'] as const) {
      expect((await at(place).ask('/backup off the uplink is back')).text).toMatch(
        /^Backup mode is over: the uplink is back/,
      );
      expect((await modeAt(place)).mode).toMatchObject({ state: 'normal', by: 'owner' });
    }
    expect(figures.report()).toEqual([]);
  },
  START_MS,
);
