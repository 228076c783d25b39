import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import OpenAI, { APIError } from 'openai';
import {
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
  startCompany,
  type CompanyProcess,
} from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';

const START_MS = 120_000;
const KEY = 'sk-scripted-9876543210';
const MODEL = '371os/default';
const HELLO = [{ role: 'user', content: 'How is the weather in Oslo?' }] as const;
const WEATHER_TOOL = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
} as const;
const USAGE = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 };
// gpt-4o-mini: 0.15 and 0.60 USD a million.
const COST_USD = 0.00021;

interface LedgerRow {
  readonly callId: string;
  readonly user: string;
  readonly model: string;
  readonly status: string;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly costUsd: string;
}

let model: ScriptedModel;
let company: CompanyProcess;
const directory = makeDataDirectory();

/** An unmodified client; counts how often it asks. */
function clientFor(
  options: { key?: string; as?: string; path?: string; maxRetries?: number } = {},
): {
  openai: OpenAI;
  asked(): number;
} {
  let asked = 0;
  const openai = new OpenAI({
    baseURL: company.url + (options.path ?? '/v1'),
    apiKey: options.key ?? company.token(),
    maxRetries: options.maxRetries ?? 2,
    ...(options.as ? { defaultHeaders: { 'X-Act-As': options.as } } : {}),
    fetch: (input, init) => {
      asked += 1;
      return fetch(input, init);
    },
  });
  return { openai, asked: () => asked };
}

async function ledger(): Promise<LedgerRow[]> {
  return ((await company.get('/treasury/ledger')).body as { rows: LedgerRow[] }).rows;
}

async function reservedUsd(): Promise<number[]> {
  const { body } = await company.get('/treasury/budget');
  return (body as { caps: { reservedUsd: string }[] }).caps.map((cap) => Number(cap.reservedUsd));
}

/** The rows that `work` has added to the ledger, once they are there. */
async function chargedBy(work: () => Promise<unknown>): Promise<LedgerRow[]> {
  const before = new Set((await ledger()).map(({ callId }) => callId));
  await work();
  let rows: LedgerRow[] = [];
  await eventually(async () => {
    rows = (await ledger()).filter(({ callId }) => !before.has(callId));
    expect(rows).not.toEqual([]);
    expect(new Set(await reservedUsd())).toEqual(new Set([0]));
  });
  return rows;
}

async function refusalOf(work: Promise<unknown>): Promise<APIError> {
  const error: unknown = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (error instanceof APIError) return error;
  throw new TypeError(`no refusal but ${String(error)}`);
}

beforeAll(async () => {
  model = await startScriptedModel();
  company = await startCompany(
    await emptyEnvironment(directory, {
      OPENAI_BASE_URL: model.baseUrl,
      OPENAI_API_KEY: KEY,
      OPENAI_LARGE_MODEL: 'gpt-4o-mini',
      MODEL_REST_MS: '50',
    }),
  );
}, START_MS);

afterAll(async () => {
  await company.stop();
  await model.close();
  removeDataDirectory(directory);
}, START_MS);

beforeEach(() => {
  model.requests.length = 0;
  model.setReply({ text: 'It rains.', usage: USAGE });
});

describe('an answer', () => {
  test('comes from the model behind the gateway, and its cost is in the ledger', async () => {
    const { openai } = clientFor();
    let completion: OpenAI.ChatCompletion | undefined;
    const rows = await chargedBy(async () => {
      completion = await openai.chat.completions.create({ model: MODEL, messages: [...HELLO] });
    });
    expect(completion).toMatchObject({
      object: 'chat.completion',
      model: 'openai:gpt-4o-mini',
      choices: [
        { index: 0, message: { role: 'assistant', content: 'It rains.' }, finish_reason: 'stop' },
      ],
      usage: { ...USAGE, cost: COST_USD },
    });
    expect(rows).toMatchObject([
      { user: 'owner', model: 'gpt-4o-mini', status: 'ok', tokensIn: 1000, tokensOut: 100 },
    ]);
    expect(rows[0]?.callId).toBe((completion as unknown as { call_id: string }).call_id);
    expect(Number(rows[0]?.costUsd)).toBe(COST_USD);
  });

  test('is streamed, with its usage at the end for those who ask', async () => {
    const text = 'It rains in the morning and clears up towards the evening.';
    model.setReply({ text, usage: USAGE });
    const { openai } = clientFor();
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    const rows = await chargedBy(async () => {
      const stream = await openai.chat.completions.create({
        model: MODEL,
        messages: [...HELLO],
        stream: true,
        stream_options: { include_usage: true },
      });
      for await (const chunk of stream) chunks.push(chunk);
    });
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(text);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { ...USAGE, cost: COST_USD } });
    expect(rows).toMatchObject([{ status: 'ok', tokensIn: 1000, tokensOut: 100 }]);
  });

  test('is streamed without usage for those who do not', async () => {
    const { openai } = clientFor();
    const stream = await openai.chat.completions.create({
      model: MODEL,
      messages: [...HELLO],
      stream: true,
    });
    for await (const chunk of stream) expect(chunk.usage).toBeUndefined();
  });

  test('is the same below the plugin’s own path, and by the vendor’s name of a model', async () => {
    const { openai } = clientFor({ path: '/gateway/v1' });
    for (const name of ['gpt-4o-mini', 'openai:gpt-4o-mini', '371os/cheap', '371os/auto']) {
      const { choices } = await openai.chat.completions.create({
        model: name,
        messages: [...HELLO],
      });
      expect(choices[0]?.message.content).toBe('It rains.');
    }
  });

  test('keeps to what was asked for', async () => {
    const { openai } = clientFor();
    const schema = { type: 'object', properties: { city: { type: 'string' } } };
    // Old and unheard-of fields do no harm.
    const others = { seed: 7, user: 'somebody', unheard_of: true };
    model.setReply({ text: '{"city":"Oslo"}', usage: USAGE });
    await openai.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'system', content: 'Be brief.' }, ...HELLO],
      max_completion_tokens: 64,
      temperature: 0.5,
      top_p: 0.9,
      stop: ['END'],
      response_format: { type: 'json_schema', json_schema: { name: 'place', schema } },
      ...others,
    });
    expect(model.requests[0]?.body).toMatchObject({
      model: 'gpt-4o-mini',
      messages: [{ role: 'system', content: 'Be brief.' }, HELLO[0]],
      max_tokens: 64,
      temperature: 0.5,
      top_p: 0.9,
      seed: 7,
      stop: ['END'],
      response_format: { type: 'json_schema', json_schema: { name: 'place', schema } },
    });
  });
});

describe('tools', () => {
  const call = { name: 'weather', arguments: '{"city":"Oslo"}' };

  test('are offered, called for, and answered', async () => {
    const { openai } = clientFor();
    model.setReply({ text: '', toolCalls: [call], usage: USAGE });
    const first = await openai.chat.completions.create({
      model: MODEL,
      messages: [...HELLO],
      tools: [WEATHER_TOOL],
      tool_choice: 'required',
    });
    expect(model.requests[0]?.body).toMatchObject({
      tools: [WEATHER_TOOL],
      tool_choice: 'required',
    });
    const [choice] = first.choices;
    expect(choice).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: null,
        tool_calls: [{ id: 'call-0', type: 'function', function: call }],
      },
    });

    model.setReply({ text: 'It rains.', usage: USAGE });
    const second = await openai.chat.completions.create({
      model: MODEL,
      messages: [
        ...HELLO,
        choice!.message,
        { role: 'tool', tool_call_id: 'call-0', content: '{"sky":"rain"}' },
      ],
      tools: [WEATHER_TOOL],
    });
    expect(second.choices[0]?.message.content).toBe('It rains.');
    expect(model.requests[1]?.body['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ id: 'call-0', function: call }] },
      { role: 'tool', tool_call_id: 'call-0', content: '{"sky":"rain"}' },
    ]);
  });

  test('are called for in a stream', async () => {
    const { openai } = clientFor();
    const other = { ...call, arguments: '{"city":"Rome"}' };
    model.setReply({ text: '', toolCalls: [call, other], usage: USAGE });
    const runner = openai.chat.completions.stream({
      model: MODEL,
      messages: [...HELLO],
      tools: [WEATHER_TOOL],
    });
    const { choices } = await runner.finalChatCompletion();
    expect(choices[0]?.message.tool_calls).toMatchObject([
      { id: 'call-0', function: call },
      { id: 'call-1', function: other },
    ]);
    expect(choices[0]?.finish_reason).toBe('tool_calls');
  });
});

describe('a refusal', () => {
  const create = (openai: OpenAI, body: object): Promise<unknown> =>
    openai.chat.completions.create({
      model: MODEL,
      messages: [...HELLO],
      ...body,
    } as OpenAI.ChatCompletionCreateParams);

  test.each([
    [{ n: 2 }, 'n', /one answer/],
    [{ messages: [] }, 'messages', /messages/],
    [{ messages: [{ role: 'wizard', content: 'x' }] }, 'messages[0].role', /messages\[0\]/],
    [{ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content', /content/],
    [{ temperature: 9 }, 'temperature', /temperature/],
    [{ max_tokens: -1 }, 'max_tokens', /max_tokens/],
    [{ tools: [{ type: 'function' }] }, 'tools[0].function', /function/],
    [{ response_format: { type: 'xml' } }, 'response_format.type', /response_format/],
    [{ metadata: { confidential: 'perhaps' } }, 'metadata', /true or false/],
  ])('of %j names what is wrong', async (body, param, message) => {
    const { openai, asked } = clientFor();
    const error = await refusalOf(create(openai, body));
    expect(error).toMatchObject({ status: 400, type: 'invalid_request_error', param });
    expect(error.message).toMatch(message);
    expect(asked()).toBe(1);
    expect(model.requests).toEqual([]);
  });

  test('meets a model that is not there', async () => {
    const error = await refusalOf(create(clientFor().openai, { model: 'gpt-17' }));
    expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
  });

  test.each([
    ['what is no JSON', '{"model": ', 400],
    ['what is too large', JSON.stringify({ model: 'x'.repeat(2_100_000) }), 413],
  ])('meets %s, and shows nothing of the server', async (_name, body, status) => {
    const answer = await fetch(`${company.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${company.token()}`, 'Content-Type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(status);
    const { error } = (await answer.json()) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ type: 'invalid_request_error', param: null });
    expect(error['message']).not.toContain('node_modules');
  });

  test('meets what is not served here', async () => {
    const embedding = clientFor().openai.embeddings.create({ model: MODEL, input: 'x' });
    expect(await refusalOf(embedding)).toMatchObject({ status: 404, code: 'unknown_url' });
    expect(await refusalOf(clientFor().openai.files.list())).toMatchObject({ status: 404 });
  });

  test('meets whoever has no token, or a wrong one', async () => {
    for (const path of ['/v1', '/gateway/v1']) {
      const error = await refusalOf(create(clientFor({ key: 'sk-guess', path }).openai, {}));
      expect(error).toMatchObject({
        status: 401,
        type: 'authentication_error',
        code: 'invalid_api_key',
      });
      const bare = await fetch(`${company.url}${path}/models`);
      expect(bare.status).toBe(401);
    }
    expect(model.requests).toEqual([]);
  });

  test('meets a guest, who has no allowance, and is not repeated', async () => {
    const { openai, asked } = clientFor({ as: 'ann' });
    const error = await refusalOf(create(openai, {}));
    expect(error).toMatchObject({
      status: 402,
      type: 'insufficient_quota',
      code: 'budget_exceeded',
    });
    expect(asked()).toBe(1);
    expect(model.requests).toEqual([]);
  });

  test('meets what is confidential while no model is on this machine', async () => {
    const { openai, asked } = clientFor();
    const messages = [{ role: 'user', content: 'Our margin falls below nine percent.' }] as const;
    const marked = { model: MODEL, messages: [...messages] };
    const byHeader = openai.chat.completions.create(marked, {
      headers: { 'X-Confidential': 'true' },
    });
    expect(await refusalOf(byHeader)).toMatchObject({ status: 503, type: 'api_error' });
    const byBody = create(openai, { ...marked, metadata: { confidential: 'true' } });
    expect(await refusalOf(byBody)).toMatchObject({ status: 503 });
    // What has once been said in confidence stays so.
    expect(await refusalOf(create(openai, marked))).toMatchObject({ status: 503 });
    expect(asked()).toBe(3);
    expect(model.requests).toEqual([]);
  });

  test('comes when no model answers, and holds no key', async () => {
    model.setReply({ status: 500 });
    const error = await refusalOf(create(clientFor({ maxRetries: 0 }).openai, {}));
    expect(error).toMatchObject({ status: 502, type: 'api_error', code: 'no_model_answered' });
    expect(JSON.stringify(error)).not.toContain(KEY);
  });
});

test('a reader who leaves before the answer stops the model, and is charged once', async () => {
  model.setReply({ hangs: true });
  const reader = new AbortController();
  const rows = await chargedBy(async () => {
    const answer = clientFor().openai.chat.completions.create(
      { model: MODEL, messages: [...HELLO], max_completion_tokens: 20 },
      { signal: reader.signal },
    );
    await eventually(async () => {
      expect(model.requests).toHaveLength(1);
    });
    reader.abort();
    await refusalOf(answer);
  });
  // Nobody knows what the model had written, so the most that it could have counts.
  expect(rows).toMatchObject([{ status: 'error', tokensOut: 20 }]);
  expect(model.abandoned).toHaveLength(1);
});

describe('a stream that is cut short', () => {
  const long = 'It rains. '.repeat(400);

  test('by its reader ends the call, which is charged once for what was written', async () => {
    model.setReply({ text: long, pieceDelayMs: 5 });
    const { openai } = clientFor();
    const rows = await chargedBy(async () => {
      const stream = await openai.chat.completions.create({
        model: MODEL,
        messages: [...HELLO],
        stream: true,
      });
      for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
      await model.callerLeft();
    });
    expect(rows).toMatchObject([{ status: 'error' }]);
    expect(rows[0]?.tokensOut).toBeGreaterThan(0);
    expect(rows[0]?.tokensOut).toBeLessThan(500);
    expect(model.requests).toHaveLength(1);
  });

  test('by the model tells the reader so', async () => {
    model.setReply({ text: long, breaksAfter: 3, pieceDelayMs: 20 });
    const { openai } = clientFor({ maxRetries: 0 });
    let text = '';
    const rows = await chargedBy(async () => {
      const stream = await openai.chat.completions.create({
        model: MODEL,
        messages: [...HELLO],
        stream: true,
      });
      const error = await refusalOf(
        (async () => {
          for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
        })(),
      );
      expect(error).toMatchObject({ type: 'api_error', code: 'model_call' });
    });
    // The last piece may be lost with the connection.
    expect(text).not.toBe('');
    expect(long.slice(0, 24)).toContain(text);
    expect(rows).toMatchObject([{ status: 'error' }]);
  });
});

test('the models are listed', async () => {
  const ids = [];
  for await (const { id } of clientFor().openai.models.list()) ids.push(id);
  expect(ids).toEqual(expect.arrayContaining(['371os/auto', MODEL, 'openai:gpt-4o-mini']));
});

test('metrics count what was done, for those who hold the token', async () => {
  expect((await fetch(`${company.url}/gateway/metrics`)).status).toBe(401);
  expect((await company.get('/gateway/metrics', 'ann')).status).toBe(403);
  const text = String((await company.get('/gateway/metrics')).body);
  expect(text).toMatch(
    /^gateway_calls_total\{.*gen_ai_request_model="gpt-4o-mini".*outcome="ok"\} \d/m,
  );
  expect(text).toMatch(/^gateway_refused_reservations_total\{.*code="BUDGET_EXCEEDED"\} 1$/m);
  expect(text).toMatch(/^gen_ai_client_operation_time_to_first_chunk_seconds_count\{.*\} \d+$/m);
  expect(text).not.toContain('ann');
});
