import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { parseRetryAfter, restMs } from '../../plugins/plugin-gateway/src/domain/rest.ts';
import { Circuits } from '../../plugins/plugin-gateway/src/services/circuits.ts';
import type { ModelsExhausted } from '../../plugins/plugin-gateway/src/services/model-desk.ts';
import { freePort } from '../support/company.ts';
import {
  startScriptedModel,
  type Script,
  type ScriptedModel,
  type ScriptedReply,
} from '../support/scripted-model.ts';
import { KEY, openDesk, type Desk } from './desk-fixture.ts';

const ANSWER = 'It is sunny.';
const NOW = Date.parse('2026-11-22T12:00:00Z');

let server: ScriptedModel;
let nowMs = NOW;
beforeAll(async () => {
  server = await startScriptedModel();
  jest.spyOn(Date, 'now').mockImplementation(() => nowMs);
});
afterAll(async () => {
  jest.restoreAllMocks();
  await server.close();
});
beforeEach(() => {
  server.requests.length = 0;
  nowMs = NOW;
});

/** A desk whose first model answers by script and whose second one always well. */
function deskOf(script: Script, init: Parameters<typeof openDesk>[0] = {}): Promise<Desk> {
  server.setReply((request) => {
    if (request.model !== 'gpt-4o') return ANSWER;
    return typeof script === 'function' ? script(request) : script;
  });
  return openDesk({
    ...init,
    settings: {
      OPENAI_API_KEY: KEY,
      OPENAI_BASE_URL: server.baseUrl,
      MODEL_REST_MS: '30000',
      MODEL_LONG_REST_MS: '600000',
      ...init.settings,
    },
    catalogue: { slots: { default: ['openai:gpt-4o', 'openai:gpt-4o-mini'] } },
  });
}

/** How often the first model has been asked. */
function asked(): number {
  return server.requests.filter(({ model }) => model === 'gpt-4o').length;
}

async function times(count: number, desk: Desk): Promise<void> {
  for (let call = 0; call < count; call += 1) await desk.answer();
}

describe('a model that fails', () => {
  test.each<[string, ScriptedReply, number]>([
    ['401', { status: 401 }, 600_000],
    ['402', { status: 402 }, 600_000],
    ['404: removed by its provider', { status: 404 }, 600_000],
    ['429 for an empty account', { status: 429, error: { code: 'insufficient_quota' } }, 600_000],
    ['400 for a usage limit', { status: 400, error: { message: 'usage limit reached' } }, 600_000],
    ['429', { status: 429 }, 30_000],
    ['429 for 90 seconds', { status: 429, headers: { 'retry-after': '90' } }, 90_000],
    [
      '429 until a date',
      { status: 429, headers: { 'retry-after': 'Sun, 22 Nov 2026 12:02:00 GMT' } },
      120_000,
    ],
    [
      '429 until a date long gone',
      { status: 429, headers: { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' } },
      1_000,
    ],
    ['429 for milliseconds', { status: 429, headers: { 'retry-after-ms': '2500' } }, 2_500],
    ['429 for no time', { status: 429, headers: { 'retry-after': '0' } }, 1_000],
    ['429 for ever', { status: 429, headers: { 'retry-after': '99999999999' } }, 600_000],
    ['429 for a negative time', { status: 429, headers: { 'retry-after': '-5' } }, 30_000],
    ['429 for words', { status: 429, headers: { 'retry-after': 'soon' } }, 30_000],
    ['503 with a time', { status: 503, headers: { 'retry-after': '7' } }, 7_000],
  ])('with %s is left alone at once', async (_name, reply, restsMs) => {
    const desk = await deskOf(reply);
    await times(3, desk);
    expect(asked()).toBe(1);
    nowMs += restsMs - 1;
    await times(1, desk);
    expect(asked()).toBe(1);
    nowMs += 1;
    await times(1, desk);
    expect(asked()).toBe(2);
  });

  test.each<[string, ScriptedReply]>([
    ['500', { status: 500 }],
    ['garbage', { rawBody: 'busy' }],
    ['nothing', { text: '' }],
    ['silence', { hangs: true }],
  ])('with %s three times in a row is left alone', async (_name, reply) => {
    const desk = await deskOf(reply, { settings: { MODEL_TIMEOUT_MS: '100' } });
    await times(5, desk);
    const calls = desk.calls().filter(({ model }) => model === 'openai:gpt-4o');
    expect(calls).toHaveLength(3);
  });

  test('with a call that was wrong by itself is asked again', async () => {
    const desk = await deskOf({ status: 400 });
    await times(5, desk);
    expect(asked()).toBe(5);
  });

  test('now and then is asked again', async () => {
    let calls = 0;
    const desk = await deskOf(() => ((calls += 1) % 3 === 0 ? ANSWER : { status: 500 }));
    await times(9, desk);
    expect(asked()).toBe(9);
  });

  test('says in the record why it rests', async () => {
    const desk = await deskOf({ status: 402 });
    await times(2, desk);
    expect(desk.calls().at(-1)).toMatchObject({
      model: 'openai:gpt-4o-mini',
      status: 'fallback',
      reason: expect.stringMatching(/before it: openai:gpt-4o rests after it answered HTTP 402/),
      candidates: [{ model: 'openai:gpt-4o', code: 'resting' }, { model: 'openai:gpt-4o-mini' }],
    });
  });
});

describe('after its rest', () => {
  test('one call tries the model, the others go on without it', async () => {
    const release = Promise.withResolvers<undefined>();
    const desk = await deskOf({ status: 402 });
    await times(1, desk);
    nowMs += 600_000;
    let isTrying = (): void => undefined;
    const tried = new Promise<void>((resolve) => (isTrying = resolve));
    server.setReply(({ model }) => {
      if (model !== 'gpt-4o') return ANSWER;
      isTrying();
      return { text: ANSWER, after: release.promise };
    });
    const trial = desk.answer();
    await tried;
    expect(await desk.answer()).toMatchObject({ model: 'openai:gpt-4o-mini' });
    release.resolve(undefined);
    expect(await trial).toMatchObject({ model: 'openai:gpt-4o' });
    expect(await desk.answer()).toMatchObject({ model: 'openai:gpt-4o' });
  });

  test('a trial that fails sends it to rest again', async () => {
    const desk = await deskOf({ status: 402 });
    await times(1, desk);
    nowMs += 600_000;
    await times(3, desk);
    expect(asked()).toBe(2);
  });

  test('a trial that its asker gave up tells nothing: the next call is one', async () => {
    const desk = await deskOf({ status: 402 });
    await times(1, desk);
    nowMs += 600_000;
    const asker = new AbortController();
    const isAsked = Promise.withResolvers<undefined>();
    server.setReply(({ model }) => {
      if (model !== 'gpt-4o') return ANSWER;
      isAsked.resolve(undefined);
      return { hangs: true };
    });
    const trial = desk.answer({ signal: asker.signal });
    await isAsked.promise;
    // This one must not become the trial behind the back of those who still ask.
    await times(1, desk);
    asker.abort();
    await expect(trial).rejects.toMatchObject({ code: 'MODEL_CALL_ABORTED' });
    server.setReply(({ model }) => (model === 'gpt-4o' ? { status: 500 } : ANSWER));
    await times(3, desk);
    expect(asked()).toBe(3);
  });

  test('a trial that the budget refuses leaves it to the next call', async () => {
    const desk = await deskOf({ status: 402 });
    await times(1, desk);
    nowMs += 600_000;
    const { capPico } = desk.treasury;
    desk.treasury.capPico = 1n;
    await expect(desk.answer({ model: 'default' })).rejects.toMatchObject({
      refusals: [{ model: 'openai:gpt-4o', code: 'budget' }, {}],
    });
    desk.treasury.capPico = capPico;
    server.setReply(ANSWER);
    expect(await desk.answer()).toMatchObject({ model: 'openai:gpt-4o' });
  });
});

describe('what counts', () => {
  test('is not a refusal by the budget', async () => {
    const desk = await deskOf(ANSWER, { capUsd: '0.001' });
    for (let call = 0; call < 5; call += 1) await desk.answer().catch(() => undefined);
    desk.treasury.capPico = 10n ** 12n;
    expect(await desk.answer()).toMatchObject({ model: 'openai:gpt-4o' });
  });

  test('is not an asker who goes, before the answer or in the middle of it', async () => {
    const desk = await deskOf({ pieces: ['word ', 'word ', 'word '], hangsAfter: 2 });
    for (let call = 0; call < 4; call += 1) {
      const stream = desk.open();
      await stream.next();
      await stream.return(undefined as never);
    }
    expect(asked()).toBe(4);
  });

  test('is a stream that breaks off', async () => {
    const desk = await deskOf({ text: 'word '.repeat(20), breaksAfter: 5, pieceDelayMs: 3 });
    for (let call = 0; call < 3; call += 1)
      await expect(desk.stream()).rejects.toMatchObject({ code: 'MODEL_CALL' });
    expect((await desk.stream()).join('')).toBe(ANSWER);
    expect(asked()).toBe(3);
  });

  test('is known to every agent, for the same address and key alone', async () => {
    const circuits = new Circuits();
    const desk = await deskOf({ status: 402 }, { circuits });
    await times(1, desk);
    expect(circuits.resting()).toEqual([
      { model: 'openai:gpt-4o', reason: expect.stringMatching(/402/) },
    ]);
    await times(1, await deskOf({ status: 402 }, { circuits }));
    expect(asked()).toBe(1);
    await times(1, await deskOf({ status: 402 }, { circuits, settings: { OPENAI_API_KEY: 'b' } }));
    expect(asked()).toBe(2);
  });

  test('is forgotten of models that were started anew', async () => {
    const circuits = new Circuits();
    const desk = await deskOf({ status: 402 }, { circuits });
    await times(1, desk);
    circuits.forget('ollama');
    await times(1, desk);
    expect(asked()).toBe(1);
    circuits.forget('openai');
    await times(1, desk);
    expect(asked()).toBe(2);
  });

  test('when every model rests, the reasons are told and nothing is sent', async () => {
    const desk = await deskOf({ status: 402 });
    server.setReply({ status: 402 });
    await desk.answer().catch(() => undefined);
    const error = await desk.answer().catch((failure: unknown) => failure as ModelsExhausted);
    expect(error).toMatchObject({ refusals: [{ code: 'resting' }, { code: 'resting' }] });
    expect(server.requests).toHaveLength(2);
  });

  test('a server that is not there counts, and TLS that is not', async () => {
    for (const url of [
      `http://127.0.0.1:${String(await freePort())}/v1`,
      `https${server.baseUrl.slice(4)}`,
    ]) {
      const desk = await deskOf(ANSWER, { settings: { OPENAI_BASE_URL: url } });
      for (let call = 0; call < 3; call += 1)
        await expect(desk.answer()).rejects.toMatchObject({ refusals: [{ code: 'not-sent' }, {}] });
      await expect(desk.answer()).rejects.toMatchObject({ refusals: [{ code: 'resting' }, {}] });
      expect(desk.treasury.rows).toEqual([]);
      expect(desk.treasury.reserved.size).toBe(0);
    }
  });
});

describe('a rest', () => {
  const limits = { usualMs: 30_000, longMs: 600_000 };

  test.each([
    [{ kind: 'busy', retryAfterMs: 0 }, 1_000],
    [{ kind: 'busy', retryAfterMs: 5_000 }, 5_000],
    [{ kind: 'busy', retryAfterMs: 600_001 }, 600_000],
    [{ kind: 'busy' }, 30_000],
    [{ kind: 'count' }, 30_000],
    [{ kind: 'long' }, 600_000],
  ] as const)('after %j takes %i ms', (rest, ms) => {
    expect(restMs(rest, limits)).toBe(ms);
  });

  test.each([
    ['5', 5_000],
    [' 1.5 ', 1_500],
    ['Sun, 22 Nov 2026 12:00:10 GMT', 10_000],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['-5', undefined],
    ['1e9', undefined],
    ['NaN', undefined],
    ['', undefined],
    [undefined, undefined],
    ['2026', 2_026_000],
    ['Nonsense, with a comma', undefined],
  ])('Retry-After %j is read as %p', (value, ms) => {
    expect(parseRetryAfter(value, NOW)).toBe(ms);
  });
});
