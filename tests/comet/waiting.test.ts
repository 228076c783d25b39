import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import cometPlugin, { cometOf } from '@371os/plugin-comet';
import { freePort } from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { elizaReply, startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';
import { RoutedCompany } from '../router/company-fixture.ts';

const START_MS = 120_000;
const output = join(mkdtempSync(join(tmpdir(), '371os-comet-')), 'output');
const GOOD = ['File locations', 'Dependencies and integrations', 'Core functions and data schemas']
  .concat('Roadmap')
  .map((section) => `## ${section}\nSomething.`)
  .join('\n');

let port: number;
let company: RoutedCompany;
let model: ScriptedModel | undefined;
beforeAll(async () => {
  port = await freePort();
  company = await RoutedCompany.start(
    {
      LOCAL_MODEL_DISCOVERY: 'true',
      MODEL_PROBE_MS: '200',
      OLLAMA_API_ENDPOINT: `http://127.0.0.1:${String(port)}`,
      LOCALAI_BASE_URL: `http://127.0.0.1:${String(await freePort())}/v1`,
      COMET_OUTPUT_FOLDER: output,
    },
    [cometPlugin],
  );
  await company.hire('CEO Mimi', { role: 'CEO', examples: ['Set the strategy'] });
  await company.hire('CTO Zara', { role: 'CTO', examples: ['Fix the server'] });
}, START_MS);
afterAll(async () => {
  await company.stop();
  await model?.close();
  rmSync(join(output, '..'), { recursive: true });
}, START_MS);

test(
  'a shortcut without a language model says what is missing, and is done, mended and delivered when there is one',
  async () => {
    const { text, tasks } = await company.ask('/generate-dev-docs a shop');
    expect(text).toMatch(/^This needs a language model, and none can be asked: set OPENAI_API_KEY/);
    expect(text).toMatch(/\/generate-dev-docs goes on by itself; its output is checked then/);
    expect(tasks).toMatchObject([{ agent: 'CTO Zara', state: 'INPUT_REQUIRED' }]);
    const refused = await company.ask('/generate-dev-docs a kiosk', { room: 'kiosk' });
    expect(refused.tasks[0]?.state).toBe('INPUT_REQUIRED');
    await company.tasks.cancel(refused.tasks[0]?.id ?? '', {
      id: 'owner',
      role: 'owner',
      proof: 'token',
    });
    const replies = ['No.', GOOD];
    model = await startScriptedModel({
      port,
      ollamaModels: ['llama3.2:3b'],
      reply: () => elizaReply(replies.length > 1 ? (replies.shift() ?? '') : (replies[0] ?? '')),
    });
    await eventually(async () => {
      expect(await company.heard()).toMatch(/The output of \/generate-dev-docs is checked and in/);
    }, 60_000);
    const [name = ''] = readdirSync(output);
    expect(readFileSync(join(output, name), 'utf8')).toBe(`${GOOD}\n`);
    expect(await company.heard('kiosk')).not.toMatch(/checked and in/);
    // What has ended is taken up no more, as often as one looks.
    const { runs } = await (await cometOf(company.agent('Front Desk'))).open();
    await runs.look();
    expect(readdirSync(output)).toEqual([name]);
    expect((await company.heard()).match(/checked and in/g)).toHaveLength(1);
  },
  START_MS,
);
