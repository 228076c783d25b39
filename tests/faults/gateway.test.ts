import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { parseUsd } from '@371os/kernel';
import {
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
  startCompany,
  type CompanyProcess,
} from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';

const CALLS = 1_000;
const CAP_HOLDS = 50;
const MAX_TOKENS = 1_000;
// gpt-4o-mini's price for the tokens of an answer; what the prompt costs beside it is little.
const ANSWER_USD = 0.000_000_6 * MAX_TOKENS;

const directory = makeDataDirectory();
let model: ScriptedModel;
let company: CompanyProcess;
beforeAll(async () => {
  // An answer as long as it may be, so that what is spent comes close to what was reserved.
  model = await startScriptedModel({
    reply: {
      text: 'It depends on the weather.',
      delayMs: 300,
      usage: { prompt_tokens: 12, completion_tokens: MAX_TOKENS, total_tokens: MAX_TOKENS + 12 },
    },
  });
  company = await startCompany(
    await emptyEnvironment(directory, {
      OPENAI_BASE_URL: model.baseUrl,
      OPENAI_API_KEY: 'sk-scripted-0123456789',
      OPENAI_LARGE_MODEL: 'gpt-4o-mini',
      OPENAI_SMALL_MODEL: 'gpt-4o-mini',
      TREASURY_LLM_CAP_USD: (ANSWER_USD * 1.05 * CAP_HOLDS).toFixed(6),
    }),
  );
});
afterAll(async () => {
  await company.stop();
  await model.close();
  removeDataDirectory(directory);
});

const dollars = z.string().transform(parseUsd);
const budget = z.object({
  caps: z.array(
    z.object({
      category: z.string(),
      scope: z.string(),
      limitUsd: dollars,
      spentUsd: dollars,
      reservedUsd: dollars,
    }),
  ),
});
const ledger = z.object({ rows: z.array(z.object({ costUsd: dollars })) });

// A connection that is kept may be closed by the server just as it is used again.
const headers = (): Record<string, string> => ({
  authorization: `Bearer ${company.token()}`,
  'content-type': 'application/json',
  connection: 'close',
});

async function get(path: string): Promise<unknown> {
  return (await fetch(`${company.url}${path}`, { headers: headers() })).json();
}

async function standing(): Promise<z.output<typeof budget>['caps'][number]> {
  const { caps } = budget.parse(await get('/treasury/budget'));
  return caps.find(({ category, scope }) => category === 'llm' && scope === 'organisation')!;
}

/** The status of the answer, or undefined when the client left before it was complete. */
async function call(number: number): Promise<number | undefined> {
  const isLeaving = number % 2 === 0;
  const asked = request(`${company.url}/v1/chat/completions`, {
    method: 'POST',
    headers: headers(),
    agent: false,
    ...(isLeaving ? { signal: AbortSignal.timeout(number % 600) } : {}),
  });
  // Once the answer has begun, who leaves is told by it.
  asked.on('error', () => undefined);
  asked.end(
    JSON.stringify({
      model: 'gpt-4o-mini',
      max_tokens: MAX_TOKENS,
      stream: number % 4 < 2,
      messages: [{ role: 'user', content: `What will call ${String(number)} bring?` }],
    }),
  );
  try {
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    await response.toArray();
    return response.statusCode;
  } catch (error) {
    if (isLeaving) return undefined;
    throw error;
  }
}

test('1,000 calls at once against a cap for 50, half of the callers leaving', async () => {
  const calls = Promise.all(Array.from({ length: CALLS }, (_, number) => call(number)));
  const isKept = async (): Promise<true> => {
    const { spentUsd, reservedUsd, limitUsd } = await standing();
    expect(spentUsd + reservedUsd <= limitUsd).toBe(true);
    return true;
  };
  while (await Promise.race([calls.then(() => false), isKept()]));
  const statuses = await calls;
  expect(new Set(statuses)).toEqual(new Set([200, 402, undefined]));
  // Those who left before their call was sent made room for others.
  expect(model.requests.length).toBeGreaterThanOrEqual(CAP_HOLDS);

  await eventually(async () => {
    expect((await standing()).reservedUsd).toBe(0n);
  });
  const { spentUsd, limitUsd } = await standing();
  expect(spentUsd <= limitUsd).toBe(true);
  const { rows } = ledger.parse(await get('/treasury/ledger?limit=10000'));
  expect(rows.reduce((sum, { costUsd }) => sum + costUsd, 0n)).toBe(spentUsd);
  // Whatever the model was asked is in the ledger.
  expect(rows.length).toBeGreaterThanOrEqual(model.requests.length);
});
