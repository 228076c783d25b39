import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { explainError, inConversation } from '@371os/kernel';
import { ModelsExhausted } from '../../plugins/plugin-gateway/src/services/model-desk.ts';
import { freePort } from '../support/company.ts';
import {
  startScriptedModel,
  type ScriptedModel,
  type ScriptedReply,
} from '../support/scripted-model.ts';
import { KEY, openDesk, type Desk } from './desk-fixture.ts';

// gpt-4o-mini: 150,000 pico-USD a token in, 600,000 out.
const MINI = { OPENAI_API_KEY: KEY, OPENAI_LARGE_MODEL: 'gpt-4o-mini' };
const ANSWER = 'It is sunny, and it will stay so.';

let server: ScriptedModel;
beforeEach(async () => {
  server = await startScriptedModel({ reply: ANSWER });
});
afterEach(() => server.close());

function paidDesk(more: Parameters<typeof openDesk>[0] = {}): Promise<Desk> {
  return openDesk({
    ...more,
    settings: { ...MINI, OPENAI_BASE_URL: server.baseUrl, ...more.settings },
  });
}

/** Two models of one server, tried one after the other. */
function twoModels(more: Parameters<typeof openDesk>[0] = {}): Promise<Desk> {
  return openDesk({
    ...more,
    settings: { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.baseUrl, ...more.settings },
    catalogue: { slots: { default: ['openai:gpt-4o', 'openai:gpt-4o-mini'] } },
  });
}

async function failureOf(work: Promise<unknown>): Promise<ModelsExhausted> {
  return work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as ModelsExhausted,
  );
}

describe('a paid call', () => {
  test('reserves the worst case, and settles once what the provider counted', async () => {
    server.setReply({ text: ANSWER, usage: { prompt_tokens: 10, completion_tokens: 20 } });
    const desk = await paidDesk();
    expect(await desk.generate()).toBe(ANSWER);
    expect(desk.treasury.rows).toEqual([
      {
        provider: 'openai',
        model: 'gpt-4o-mini',
        tokensIn: 10,
        tokensOut: 20,
        status: 'ok',
        callId: expect.any(String),
        costPico: 10n * 150_000n + 20n * 600_000n,
        priceId: 'genai-prices:openai/gpt-4o-mini',
      },
    ]);
    expect(desk.treasury.reserved.size).toBe(0);
    expect(desk.calls()).toEqual([
      {
        kind: 'model-call',
        agent: 'Maya',
        modelType: 'TEXT_LARGE',
        slot: 'default',
        rule: 5,
        model: 'openai:gpt-4o-mini',
        callId: desk.treasury.rows[0]?.callId,
        status: 'ok',
        tokensIn: 10,
        tokensOut: 20,
        costPico: 13_500_000n,
        estimatedPico: 13_500_000n,
        // 5 tokens and the frame around them, 2048 out.
        reservedPico: 22n * 150_000n + 2048n * 600_000n,
        reason: 'slot default: nothing special',
        latencyMs: expect.any(Number),
        taskId: 'task-1',
        candidates: [{ model: 'openai:gpt-4o-mini' }],
      },
    ]);
  });

  test('always tells the provider where to stop, and carries the key', async () => {
    const desk = await paidDesk({ settings: { MODEL_MAX_TOKENS: '500' } });
    await desk.generate({ maxTokens: 9_000, system: 'Be brief.' });
    await desk.generate({
      maxTokens: 40,
      sampling: { temperature: 0.3, topP: 0.9, stopSequences: ['END'] },
    });
    expect(server.requests.map(({ body }) => body['max_tokens'])).toEqual([500, 40]);
    expect(server.requests[0]).toMatchObject({
      authorization: `Bearer ${KEY}`,
      system: 'Be brief.',
      prompt: 'How is the weather?',
      path: '/v1/chat/completions',
    });
    expect(server.requests[1]?.body).toMatchObject({
      temperature: 0.3,
      top_p: 0.9,
      stop: ['END'],
    });
  });

  test.each<[string, ScriptedReply['usage']]>([
    ['none', null],
    ['negative', { prompt_tokens: -10, completion_tokens: -20 }],
    ['zero', { prompt_tokens: 0, completion_tokens: 0 }],
    ['absurd', { prompt_tokens: 9e12, completion_tokens: 9e12 }],
    ['fractions', { prompt_tokens: 1.5, completion_tokens: 2.5 }],
  ])('usage that cannot be true (%s) is replaced by an estimate', async (_name, usage) => {
    server.setReply({ text: ANSWER, usage: usage ?? null });
    const desk = await paidDesk();
    await desk.generate();
    expect(desk.treasury.rows).toMatchObject([{ tokensIn: 22, tokensOut: 11, status: 'ok' }]);
    expect(desk.treasury.spentPico).toBe(22n * 150_000n + 11n * 600_000n);
  });

  test.each<[string, ScriptedReply, RegExp]>([
    ['500', { status: 500 }, /answered HTTP 500/],
    ['401', { status: 401 }, /HTTP 401 \(check its key\)/],
    ['429', { status: 429 }, /HTTP 429/],
  ])('HTTP %s costs nothing, is on record, and is called once', async (_name, reply, reason) => {
    server.setReply(reply);
    const desk = await paidDesk();
    const error = await failureOf(desk.generate());
    expect(error.refusals[0]?.reason).toMatch(reason);
    expect(server.requests).toHaveLength(1);
    expect(desk.treasury.rows).toMatchObject([{ costPico: 0n, status: 'error' }]);
    expect(desk.treasury.reserved.size).toBe(0);
  });

  test.each<[string, ScriptedReply]>([
    ['garbage', { rawBody: '<html>busy</html>' }],
    ['half of a JSON', { rawBody: '{"choices": [' }],
    ['a JSON without an answer', { rawBody: '{"ok": true}' }],
    ['nothing in time', { hangs: true }],
  ])('%s may have been billed, so it counts at its worst case', async (_name, reply) => {
    server.setReply(reply);
    const desk = await paidDesk({ settings: { MODEL_TIMEOUT_MS: '150' } });
    const error = await failureOf(desk.generate());
    expect(error).toBeInstanceOf(ModelsExhausted);
    expect(desk.treasury.rows).toMatchObject([{ tokensOut: 2048, status: 'error' }]);
    expect(desk.treasury.spentPico).toBe(22n * 150_000n + 2048n * 600_000n);
  });

  test('a server that is not there has cost nothing and leaves no row', async () => {
    const desk = await paidDesk({
      settings: { OPENAI_BASE_URL: `http://127.0.0.1:${String(await freePort())}/v1` },
    });
    const error = await failureOf(desk.generate());
    expect(error.refusals[0]?.reason).toMatch(/cannot be reached/);
    expect(desk.treasury.rows).toEqual([]);
    expect(desk.treasury.endings).toHaveLength(1);
    expect(desk.calls()).toMatchObject([{ status: 'error', costPico: 0n }]);
  });

  test('an empty answer is paid for and the next model asked', async () => {
    const desk = await twoModels();
    server.setReply(({ model }) => (model === 'gpt-4o' ? '<think>Hm.' : ANSWER));
    expect(await desk.generate()).toBe(ANSWER);
    expect(desk.treasury.rows).toMatchObject([
      { model: 'gpt-4o', status: 'error' },
      { model: 'gpt-4o-mini', status: 'fallback' },
    ]);
    expect(desk.treasury.rows[0]?.costPico).toBeGreaterThan(0n);
  });

  test('a redirect is not followed: nobody chose where it leads', async () => {
    const elsewhere = await startScriptedModel();
    server.setReply({ redirectTo: `${elsewhere.baseUrl}/chat/completions` });
    const desk = await paidDesk();
    await failureOf(desk.generate());
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });

  test('the key is in no error, log, row or record', async () => {
    const seen: unknown[] = [];
    for (const reply of [{ status: 401 }, { status: 500 }, { rawBody: KEY }]) {
      server.setReply(reply);
      const desk = await paidDesk();
      const error = await failureOf(desk.generate());
      seen.push(error, explainError(error), error.stack);
      seen.push(desk.logged, desk.treasury.rows, desk.conversation.trace);
    }
    const everything = inspect(seen, { depth: 12, showHidden: true });
    expect(everything).toContain('HTTP 401');
    expect(everything).not.toContain(KEY);
  });
});

describe('choosing', () => {
  test('the next model of the slot takes over, marked as a fallback, with the reason', async () => {
    server.setReply(({ model }) => (model === 'gpt-4o' ? { status: 503 } : { text: ANSWER }));
    const desk = await twoModels();
    expect(await desk.generate()).toBe(ANSWER);
    expect(desk.treasury.rows.map(({ model, status }) => [model, status])).toEqual([
      ['gpt-4o', 'error'],
      ['gpt-4o-mini', 'fallback'],
    ]);
    expect(desk.calls()[1]?.['reason']).toMatch(/before it: openai:gpt-4o answered HTTP 503/);
  });

  test('a model without a known price is refused, never free', async () => {
    const desk = await paidDesk({ settings: { OPENAI_LARGE_MODEL: 'our-own-model' } });
    const error = await failureOf(desk.generate());
    expect(error.refusals).toEqual([
      {
        model: 'openai:our-own-model',
        code: 'price',
        reason: expect.stringContaining('no known price'),
      },
    ]);
    expect(server.requests).toEqual([]);
  });

  test('a price in the own catalogue goes before the published one', async () => {
    const desk = await paidDesk({
      catalogue: {
        models: { 'openai:gpt-4o-mini': { inputUsdPerMillion: '1', outputUsdPerMillion: 2 } },
      },
    });
    server.setReply({ text: ANSWER, usage: { prompt_tokens: 10, completion_tokens: 20 } });
    await desk.generate();
    expect(desk.treasury.rows).toMatchObject([
      { costPico: 50_000_000n, priceId: 'catalogue:openai:gpt-4o-mini' },
    ]);
  });

  test('a context that is too small is refused before anything is sent', async () => {
    const desk = await paidDesk({
      catalogue: { models: { 'openai:gpt-4o-mini': { contextTokens: 300 } } },
    });
    const error = await failureOf(desk.generate({ prompt: 'word '.repeat(200) }));
    expect(error.refusals[0]?.reason).toMatch(/reads 300 tokens and this needs up to 48\d/);
    expect(server.requests).toEqual([]);
  });

  test('the answer is kept inside what the context leaves', async () => {
    const desk = await paidDesk({
      catalogue: { models: { 'openai:gpt-4o-mini': { contextTokens: 1_000 } } },
    });
    await desk.generate();
    expect(server.requests[0]?.body['max_tokens']).toBe(1_000 - 22);
  });

  test.each([
    ['default', 'TEXT_LARGE', 'big'],
    ['default', 'TEXT_SMALL', 'small'],
    ['default', 'OBJECT_SMALL', 'small'],
  ])('in slot %s a %s call goes to the %s model', async (_slot, modelType, expected) => {
    const desk = await paidDesk({
      settings: { OPENAI_LARGE_MODEL: 'gpt-4o', OPENAI_SMALL_MODEL: 'gpt-4o-mini' },
    });
    await desk.generate({ modelType });
    expect(server.requests[0]?.model).toBe(expected === 'big' ? 'gpt-4o' : 'gpt-4o-mini');
  });

  test('rules by facts: long prompts, high quality, little left', async () => {
    const catalogue = {
      slots: {
        quality: ['openai:gpt-4.1'],
        long: ['openai:gpt-4.1-mini'],
        cheap: ['openai:gpt-4.1-nano'],
        default: ['openai:gpt-4o-mini'],
      },
    };
    const settings = { OPENAI_LARGE_MODEL: undefined };
    const desk = await paidDesk({ catalogue, settings });
    const excellent = await paidDesk({ catalogue, settings: { ...settings, QUALITY: 'high' } });
    await desk.generate({ prompt: 'word '.repeat(8_500) });
    await excellent.generate();
    await desk.treasury.reserve({ amountPico: (desk.treasury.capPico * 96n) / 100n });
    await desk.generate();
    expect(server.requests.map(({ model }) => model)).toEqual([
      'gpt-4.1-mini',
      'gpt-4.1',
      'gpt-4.1-nano',
    ]);
    expect(desk.calls().map(({ rule }) => rule)).toEqual([3, 4]);
  });

  test('200 kB and special-token text go through', async () => {
    const desk = await paidDesk({
      catalogue: { slots: { long: ['openai:gpt-4.1-mini'] } },
      settings: { OPENAI_LARGE_MODEL: 'gpt-4.1-mini' },
    });
    const prompt = `<|endoftext|>${'The quick brown fox. '.repeat(9_523)}`;
    expect(await desk.generate({ prompt })).toBe(ANSWER);
    expect(server.requests[0]?.prompt).toBe(prompt);
  });
});

describe('the budget', () => {
  test('what cannot be reserved is not sent', async () => {
    const desk = await paidDesk({ capUsd: '0.001' });
    const error = await failureOf(desk.generate());
    expect(error.treasuryError?.code).toBe('BUDGET_EXCEEDED');
    expect(server.requests).toEqual([]);
  });

  test('a cheaper model of the slot may still fit', async () => {
    const desk = await twoModels({ capUsd: '0.01' });
    await desk.generate();
    expect(server.requests.map(({ model }) => model)).toEqual(['gpt-4o-mini']);
  });

  test('50 calls at once never spend more than the cap', async () => {
    const desk = await paidDesk({ capUsd: '0.012351' });
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => desk.generate()));
    const answered = results.filter(({ status }) => status === 'fulfilled').length;
    expect(answered).toBeGreaterThanOrEqual(9);
    expect(desk.treasury.spentPico).toBeLessThanOrEqual(desk.treasury.capPico);
    expect(desk.treasury.reserved.size).toBe(0);
    expect(server.requests).toHaveLength(answered);
  });

  test('a seat below another plugin pays for nothing', async () => {
    const desk = await paidDesk({ unpaidBecause: 'is paid for, and plugin "x" sits above' });
    const error = await failureOf(desk.generate());
    expect(error.refusals[0]?.reason).toMatch(/plugin "x" sits above/);
    expect(server.requests).toEqual([]);
  });

  test('a model on another machine is left alone while there is a reason for that', async () => {
    const desk = await paidDesk({ onlyHereBecause: 'this node is in backup mode' });
    const error = await failureOf(desk.generate());
    expect(error.refusals).toEqual([
      {
        ...{ model: 'openai:gpt-4o-mini', code: 'place' },
        reason: 'is on another machine, and this node is in backup mode',
      },
    ]);
    expect(server.requests).toEqual([]);
    expect(desk.treasury.reserved.size).toBe(0);
  });

  test('a ledger that stumbles over a row does not lose the answer', async () => {
    const desk = await paidDesk();
    desk.treasury.settleSoon = () => {
      throw new RangeError('this is no amount');
    };
    expect(await desk.generate()).toBe(ANSWER);
    expect(desk.logged[0]).toBe('the cost of a call could not be recorded');
  });
});

describe('models of this machine', () => {
  test('confidential text goes to them alone, free and on record', async () => {
    const local = await startScriptedModel({
      reply: 'Between us.',
      ollamaModels: ['llama3:latest'],
    });
    const desk = await paidDesk({
      settings: {
        LOCAL_MODEL_DISCOVERY: 'true',
        OLLAMA_API_ENDPOINT: local.url,
        LOCALAI_BASE_URL: `http://127.0.0.1:${String(await freePort())}/v1`,
      },
    });
    expect(await desk.generate({ isConfidential: true })).toBe('Between us.');
    expect(server.requests).toEqual([]);
    expect(desk.treasury.rows).toMatchObject([
      { category: 'llm', provider: 'ollama', model: 'llama3:latest', status: 'ok' },
    ]);
    expect(desk.calls()).toMatchObject([
      { rule: 1, slot: 'private', model: 'ollama:llama3:latest', costPico: 0n, reservedPico: 0n },
    ]);
    await local.close();

    const error = await failureOf(desk.generate({ isConfidential: true }));
    expect(error.refusals[0]).toMatchObject({
      model: 'ollama:llama3:latest',
      reason: expect.stringMatching(/cannot be reached|broke off/),
    });
    expect(server.requests).toEqual([]);
  });

  test('a spent cap does not stop them', async () => {
    const local = await startScriptedModel({ reply: 'For free.', localaiModels: ['phi-4-14b'] });
    const desk = await paidDesk({
      capUsd: '0.00',
      settings: {
        LOCAL_MODEL_DISCOVERY: 'true',
        LOCALAI_BASE_URL: local.baseUrl,
        OLLAMA_API_ENDPOINT: `http://127.0.0.1:${String(await freePort())}`,
      },
    });
    expect(await desk.generate()).toBe('For free.');
    expect(desk.treasury.rows).toMatchObject([{ provider: 'localai', status: 'fallback' }]);
    await local.close();
  });

  test('a paid endpoint on loopback is neither local nor free', async () => {
    const desk = await paidDesk();
    const error = await failureOf(desk.generate({ isConfidential: true }));
    expect(error.refusals).toEqual([]);
    expect(server.requests).toEqual([]);
    expect(desk.registry.hasModel({ isConfidential: true })).toBe(false);
    expect(desk.registry.hasModel({ isConfidential: false })).toBe(true);
  });
});

describe('streams', () => {
  test('come as they are written and are settled with the usage at their end', async () => {
    server.setReply({ text: ANSWER, usage: { prompt_tokens: 10, completion_tokens: 20 } });
    const desk = await paidDesk();
    const pieces = await desk.stream();
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.join('')).toBe(ANSWER);
    expect(server.requests[0]?.body['stream_options']).toEqual({ include_usage: true });
    expect(desk.treasury.rows).toMatchObject([{ tokensIn: 10, tokensOut: 20, status: 'ok' }]);
  });

  test('without usage are settled by an estimate', async () => {
    server.setReply({ text: ANSWER, usage: null });
    const desk = await paidDesk();
    await desk.stream();
    expect(desk.treasury.rows).toMatchObject([{ tokensIn: 22, tokensOut: 11 }]);
  });

  test('that the reader leaves are charged for what was written, and the provider is stopped', async () => {
    server.setReply({ pieces: Array.from({ length: 200 }, () => 'word '), pieceDelayMs: 5 });
    const desk = await paidDesk();
    await inConversation(desk.conversation, async () => {
      const written = desk.desk.stream({
        modelType: 'TEXT_LARGE',
        prompt: 'Write.',
        isConfidential: false,
        scopes: {},
      });
      const read: unknown[] = [];
      for await (const piece of written) if (read.push(piece) === 10) break;
    });
    expect(desk.treasury.rows).toMatchObject([{ status: 'error' }]);
    expect(desk.treasury.rows[0]?.tokensOut).toBeGreaterThanOrEqual(10);
    expect(desk.treasury.rows[0]?.tokensOut).toBeLessThan(60);
    expect(desk.treasury.reserved.size).toBe(0);
    await server.callerLeft();
  });

  test('that are aborted by the asker are charged for what was written', async () => {
    server.setReply({ pieces: Array.from({ length: 200 }, () => 'word '), pieceDelayMs: 5 });
    const desk = await paidDesk();
    const asker = new AbortController();
    const written: unknown[] = [];
    const failure = inConversation(desk.conversation, async () => {
      const stream = desk.desk.stream({
        modelType: 'TEXT_LARGE',
        prompt: 'Write.',
        isConfidential: false,
        scopes: {},
        signal: asker.signal,
      });
      for await (const piece of stream) if (written.push(piece) === 5) asker.abort();
    });
    await expect(failure).rejects.toMatchObject({ code: 'MODEL_CALL_ABORTED' });
    expect(desk.treasury.rows).toMatchObject([{ status: 'error' }]);
    expect(desk.treasury.endings).toHaveLength(1);
  });

  test('that fail before a word go to the next model', async () => {
    server.setReply(({ model }) => (model === 'gpt-4o' ? { status: 500 } : { text: ANSWER }));
    const desk = await twoModels();
    expect((await desk.stream()).join('')).toBe(ANSWER);
    expect(desk.treasury.rows.map(({ status }) => status)).toEqual(['error', 'fallback']);
  });

  test.each<[string, ScriptedReply]>([
    ['break off', { text: 'word '.repeat(40), breaksAfter: 10, pieceDelayMs: 2 }],
    ['fall silent', { text: 'word '.repeat(40), hangsAfter: 10 }],
  ])('that %s half-way fail, charged for what came', async (_name, reply) => {
    server.setReply(reply);
    const desk = await paidDesk({ settings: { MODEL_TIMEOUT_MS: '200' } });
    await expect(desk.stream()).rejects.toMatchObject({ code: 'MODEL_CALL' });
    expect(desk.treasury.rows).toMatchObject([{ status: 'error' }]);
    expect(desk.treasury.rows[0]?.tokensOut).toBeGreaterThan(5);
    expect(desk.treasury.rows[0]?.tokensOut).toBeLessThan(40);
  });

  test('that last long keep their reservation', async () => {
    const desk = await paidDesk();
    await inConversation(desk.conversation, async () => {
      const stream = desk.desk.stream({
        modelType: 'TEXT_LARGE',
        prompt: 'Write.',
        isConfidential: false,
        scopes: {},
      });
      for await (const piece of stream)
        desk.advance(piece.type === 'text' ? piece.text.length * 5_000 : 0);
    });
    expect(desk.treasury.renewed.length).toBeGreaterThan(0);
    expect(desk.treasury.rows).toHaveLength(1);
  });
});

describe('an asker who has gone', () => {
  test('before the call costs nothing', async () => {
    const desk = await paidDesk();
    const call = desk.generate({ signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ code: 'MODEL_CALL_ABORTED' });
    expect(server.requests).toEqual([]);
    expect(desk.treasury.reserved.size).toBe(0);
  });

  test('during the call stops it, and no other model is asked', async () => {
    const asker = new AbortController();
    server.setReply(() => {
      asker.abort();
      return { hangs: true };
    });
    const desk = await twoModels();
    await expect(desk.generate({ signal: asker.signal })).rejects.toMatchObject({
      code: 'MODEL_CALL_ABORTED',
    });
    expect(server.requests).toHaveLength(1);
    expect(desk.treasury.rows).toMatchObject([{ status: 'error', tokensOut: 2048 }]);
    expect(desk.treasury.reserved.size).toBe(0);
  });
});
