import { describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import {
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
  startCompany,
  type ChatAnswer,
  type CompanyProcess,
} from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { startScriptedModel } from '../support/scripted-model.ts';

const ANSWER = 'Look at the upstream time-out first.';
// After the request was kept; the first is killed before. The model takes 800 ms.
const KILLED_AFTER_MS = [undefined, 0, 100, 300, 600, 800, 1_000, 1_400];

async function tasksOf(
  company: CompanyProcess,
  text: string,
): Promise<ChatAnswer['tasks'][number][]> {
  const { body } = await company.get('/router/tasks?limit=100');
  return (body as { tasks: ChatAnswer['tasks'] }).tasks.filter((task) => task.text === text);
}

describe('a server that is killed while it answers', () => {
  test('does every request that it took exactly once, and tells the room', async () => {
    const model = await startScriptedModel({ reply: { text: ANSWER, delayMs: 800 } });
    const directory = makeDataDirectory();
    const environment = await emptyEnvironment(directory, {
      OPENAI_BASE_URL: model.baseUrl,
      OPENAI_API_KEY: 'sk-scripted-0123456789',
      OPENAI_LARGE_MODEL: 'gpt-4o-mini',
      OPENAI_SMALL_MODEL: 'gpt-4o-mini',
    });
    let company = await startCompany(environment);
    await company.ask('hello');
    for (const [number, delayMs] of KILLED_AFTER_MS.entries()) {
      const room = `room-${String(number)}`;
      const text = `Our API returns 502 errors since deploy ${String(number)}, what should we check?`;
      company.ask(text, { room }).catch(() => undefined);
      if (delayMs !== undefined)
        await eventually(async () => {
          expect(await tasksOf(company, text)).toHaveLength(1);
        });
      await new Promise((done) => setTimeout(done, delayMs ?? 100));
      const ended = once(company.process, 'exit');
      company.process.kill('SIGKILL');
      await ended;
      company = await startCompany(environment);
      await eventually(async () => {
        const own = await tasksOf(company, text);
        // A request that was not kept yet is the asker's to repeat: they saw the connection break.
        expect(own.map(({ state, answer }) => [state, answer])).toEqual(
          delayMs === undefined && own.length === 0 ? [] : [['COMPLETED', ANSWER]],
        );
        const history = JSON.stringify((await company.get(`/router/messages?room=${room}`)).body);
        expect(history.match(new RegExp(ANSWER, 'g')) ?? []).toHaveLength(own.length);
      });
    }
    expect((await company.get('/treasury/budget')).status).toBe(200);
    await company.stop();
    removeDataDirectory(directory);
    await model.close();
  }, 600_000);
});
