import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
  startCompany,
  type CompanyProcess,
} from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { FaultFigures } from '../support/fault-figures.ts';
import { startScriptedModel, type Script, type ScriptedModel } from '../support/scripted-model.ts';
import { TcpProxy, type Passing } from '../support/tcp-proxy.ts';

const FIRST = 'the first one answers';
const SECOND = 'the second one answers';
const TIMES = 3;
const TIMEOUT_MS = 2_000;
const REST_MS = 2_000;

const figures = new FaultFigures({
  'a model provider is left alone': 10_000,
  'another one answers': 15_000,
  'it is used again when it is back': 10_000,
});

const directory = makeDataDirectory();
let first: ScriptedModel;
let second: ScriptedModel;
let network: TcpProxy;
let company: CompanyProcess;
beforeAll(async () => {
  first = await startScriptedModel({ reply: FIRST });
  second = await startScriptedModel({ reply: SECOND });
  network = await TcpProxy.start({ host: '127.0.0.1', port: Number(new URL(first.url).port) });
  const catalogue = join(directory, 'models.json');
  const slots = { default: ['openai:gpt-4o-mini', 'openrouter:openai/gpt-4o-mini'] };
  writeFileSync(catalogue, JSON.stringify({ slots }));
  company = await startCompany(
    await emptyEnvironment(directory, {
      MODEL_CATALOGUE: catalogue,
      MODEL_TIMEOUT_MS: String(TIMEOUT_MS),
      MODEL_REST_MS: String(REST_MS),
      OPENAI_BASE_URL: `http://127.0.0.1:${String(network.port)}/v1`,
      OPENAI_API_KEY: 'sk-scripted-0123456789',
      OPENROUTER_BASE_URL: second.baseUrl,
      OPENROUTER_API_KEY: 'sk-scripted-9876543210',
    }),
  );
}, 120_000);
afterAll(async () => {
  await company.stop();
  await network.stop();
  await first.close();
  await second.close();
  removeDataDirectory(directory);
});

interface Completion {
  readonly choices: readonly { readonly message: { readonly content: string } }[];
}

/** What is answered to one call. */
async function ask(): Promise<string> {
  const messages = [{ role: 'user', content: 'What is the time?' }];
  const request = { model: '371os/default', max_tokens: 16, messages };
  const { status, body } = await company.post('/v1/chat/completions', request);
  expect(status).toBe(200);
  return (body as Completion).choices[0]!.message.content;
}

/** Asks until an answer is as wanted, and returns when that was. None may fail. */
async function asking(isWanted: (answer: string) => boolean | Promise<boolean>): Promise<number> {
  let at = 0;
  await eventually(async () => {
    const isIt = await isWanted(await ask());
    at = Date.now();
    expect(isIt).toBe(true);
  });
  return at;
}

async function isLeftAlone(): Promise<boolean> {
  const { text } = await company.ask('/models');
  return /openai:gpt-4o-mini rests/.test(text);
}

interface Fault {
  readonly name: string;
  readonly reply?: Script;
  readonly passing?: Passing;
}

const FAULTS: readonly Fault[] = [
  { name: 'answers HTTP 500', reply: { status: 500 } },
  { name: 'answers HTTP 429', reply: { status: 429, headers: { 'retry-after': '1' } } },
  { name: 'answers garbage', reply: { rawBody: '<html>It works!</html>' } },
  { name: 'answers nothing', passing: 'blackhole' },
  { name: 'refuses connections', passing: 'cut' },
];

test.each(FAULTS)('a provider that $name: no call fails', async ({ reply, passing }) => {
  for (let time = 0; time < TIMES; time += 1) {
    await asking((answer) => answer === FIRST);
    figures.count();
    if (reply) first.setReply(reply);
    if (passing) network.set(passing);
    const atMs = Date.now();
    figures.note('another one answers', (await asking((text) => text === SECOND)) - atMs);
    figures.note('a model provider is left alone', (await asking(isLeftAlone)) - atMs);
    first.setReply(FIRST);
    network.set('pass');
    const backMs = Date.now();
    const used = await asking((answer) => answer === FIRST);
    figures.note('it is used again when it is back', used - backMs);
  }
});

test('detection, takeover and recovery are within their bounds', () => {
  expect(figures.report()).toEqual([]);
});
