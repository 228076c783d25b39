// What a company does whose disk is full: it begins nothing new while what has begun still has room; where
// there is none at all it ends by itself, says why, does not start on a full disk, and does everything that
// it has acknowledged once when there is room again.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  emptyEnvironment,
  makeDataDirectory,
  runProgram,
  startCompany,
  type ChatAnswer,
  type CompanyProcess,
} from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';
import { SmallDisk } from '../support/small-disk.ts';

const RESERVE_MB = 16;
const ANSWER = 'Look at the upstream time-out first.';
const AT_ONCE = 4;
// Not in the tables' own free space.
const LONG = '0123abcd'.repeat(2_500);

const problem = SmallDisk.whyNone();
if (problem !== undefined) process.stdout.write(`no disk of its own: ${problem}\n`);

let disk: SmallDisk;
let model: ScriptedModel;
let environment: NodeJS.ProcessEnv;
let company: CompanyProcess;

async function kept(): Promise<ChatAnswer['tasks']> {
  const { body } = await company.get('/router/tasks?limit=200');
  return (body as { tasks: ChatAnswer['tasks'] }).tasks;
}

function roomOf(text: string): string {
  return `room-${/deploy (\d+)/.exec(text)?.[1] ?? ''}`;
}

function ask(text: string, room = 'main'): ReturnType<CompanyProcess['post']> {
  return company.post('/router/messages', { text, room });
}

(problem === undefined ? describe : describe.skip)('a disk that is full', () => {
  beforeAll(async () => {
    disk = SmallDisk.make(160);
    model = await startScriptedModel({ reply: { text: ANSWER, delayMs: 800 } });
    const directory = makeDataDirectory(disk.path);
    const characters = join(directory, 'characters');
    mkdirSync(characters);
    for (const name of ['front-desk', 'cto-zara'])
      copyFileSync(`characters/${name}.json`, join(characters, `${name}.json`));
    environment = await emptyEnvironment(directory, {
      CHARACTERS_DIR: characters,
      DISK_RESERVE_MB: String(RESERVE_MB),
      OPENAI_BASE_URL: model.baseUrl,
      OPENAI_API_KEY: 'sk-scripted-0123456789',
      OPENAI_LARGE_MODEL: 'gpt-4o-mini',
      OPENAI_SMALL_MODEL: 'gpt-4o-mini',
    });
    company = await startCompany(environment);
  }, 120_000);
  afterAll(async () => {
    await company.stop();
    await model.close();
    disk.remove();
  });

  test('has nothing new begun while what has begun is done, and says so, until there is room', async () => {
    const begun = ask('Why does our API return 502 errors?');
    await eventually(async () => {
      expect(await kept()).toHaveLength(1);
    });
    disk.fill(RESERVE_MB / 2);
    await eventually(async () => {
      expect(await ask('Why is our API slow?')).toMatchObject({
        status: 503,
        body: {
          error: {
            code: 'NO_NEW_WORK',
            message: expect.stringMatching(/the disk is full: \d+ MB are free .* not kept/),
          },
        },
      });
    });
    expect((await begun).body).toMatchObject({ tasks: [{ state: 'COMPLETED', answer: ANSWER }] });
    const completion = await company.post('/v1/chat/completions', {
      model: 'auto',
      messages: [{ role: 'user', content: 'hello' }],
    });
    expect(completion).toMatchObject({ status: 503, body: { error: { code: 'no_new_work' } } });
    expect((await company.ask('/budget')).text).toMatch(/USD|\$/);
    expect(company.output()).toContain('Nothing new is begun: the disk is full');
    disk.clear();
    await eventually(async () => {
      expect(await ask('Why is our API slow?')).toMatchObject({ status: 200 });
    });
    expect(company.output()).toContain('There is room on the disk again');
  });

  test('to the last byte ends it in words; what was acknowledged is done once after the next start', async () => {
    const [acknowledged, answered] = [new Set<string>(), new Set<string>()];
    let [count, hasEnded] = [0, false];
    const ended = once(company.process, 'exit').finally(() => (hasEnded = true));
    const hurry = async (): Promise<void> => {
      while (!hasEnded) {
        count += 1;
        const text = `Our API returns 502 errors since deploy ${String(count)}, what should we check? ${LONG}`;
        const answer = await ask(text, roomOf(text)).catch(() => undefined);
        const { tasks = [], error } = (answer?.body ?? {}) as Partial<ChatAnswer>;
        for (const { id, answer: said } of tasks) {
          acknowledged.add(id);
          if (said === ANSWER) answered.add(id);
        }
        if (answer && tasks.length === 0) expect(error?.message).toMatch(/the disk is full/i);
      }
    };
    const hurrying = Array.from({ length: AT_ONCE }, () => hurry());
    await eventually(async () => {
      expect(acknowledged.size).toBeGreaterThan(AT_ONCE);
    });
    for (const task of await kept()) acknowledged.add(task.id);
    disk.fill();
    expect(await ended).toEqual([1, null]);
    await Promise.all(hurrying);
    expect(company.output()).toMatch(/The disk is full, and the database could not write/);

    const { code, stderr } = await runProgram('start', [], environment);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^The disk is full: 0 MB are free .* needs 16 MB \(DISK_RESERVE_MB\) to start\. Nothing was changed: make room, and start again\.\n$/,
      ),
    });

    disk.clear();
    company = await startCompany(environment);
    await eventually(async () => {
      const states = (await kept()).map(({ state, answer }) => ({ state, answer }));
      expect(states).toEqual(states.map(() => ({ state: 'COMPLETED', answer: ANSWER })));
    });
    const tasks = await kept();
    const ids = new Set(tasks.map(({ id }) => id));
    expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([]);
    expect(new Set(tasks.map(({ text }) => text)).size).toBe(tasks.length);
    // Whoever did not get an answer is told in the room; whoever did, at most once more.
    for (const { id, text } of tasks.filter((task) => task.text.includes(LONG)))
      await eventually(async () => {
        const room = encodeURIComponent(roomOf(text));
        const history = JSON.stringify((await company.get(`/router/messages?room=${room}`)).body);
        const times = history.split(ANSWER).length - 1;
        expect(times).toBeLessThanOrEqual(1);
        expect(times === 1 || answered.has(id)).toBe(true);
      });
    process.stdout.write(
      `asked ${String(count)} times, acknowledged ${String(acknowledged.size)}, answered ${String(answered.size)}, kept and done ${String(tasks.length)}\n`,
    );
  }, 180_000);
});
