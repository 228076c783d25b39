import 'reflect-metadata';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { X509CertificateGenerator } from '@peculiar/x509';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ModelsExhausted } from '../../plugins/plugin-gateway/src/services/model-desk.ts';
import {
  startScriptedModel,
  type ScriptedModel,
  type ScriptedReply,
} from '../support/scripted-model.ts';
import { KEY, openDesk, type Desk } from './desk-fixture.ts';

// gpt-4o-mini: 150,000 pico-USD a token in, 600,000 out; the question has at most 22 tokens.
const PROMPT_ALONE = 22n * 150_000n;
const WORST_CASE = PROMPT_ALONE + 2_048n * 600_000n;

let server: ScriptedModel;
beforeAll(async () => {
  server = await startScriptedModel();
});
afterAll(() => server.close());
beforeEach(() => {
  server.requests.length = 0;
});

function deskOf(more: Readonly<Record<string, string>> = {}): Promise<Desk> {
  return openDesk({
    settings: {
      OPENAI_API_KEY: KEY,
      OPENAI_BASE_URL: server.baseUrl,
      OPENAI_LARGE_MODEL: 'gpt-4o-mini',
      MODEL_TIMEOUT_MS: '300',
      ...more,
    },
  });
}

async function failureOf(work: Promise<unknown>): Promise<ModelsExhausted> {
  return work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as ModelsExhausted,
  );
}

/** Whatever came of a call: the money set aside for it is not, and no row is there twice. */
function expectSettledOnce(desk: Desk): void {
  expect(desk.treasury.reserved.size).toBe(0);
  const ids = desk.treasury.rows.map(({ callId }) => callId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(desk.treasury.endings).toHaveLength(desk.calls().length);
  const sum = desk.treasury.rows.reduce((total, { costPico = 0n }) => total + costPico, 0n);
  expect(sum).toBe(desk.treasury.spentPico);
}

describe('an answer that is none', () => {
  test.each<[string, ScriptedReply, RegExp, bigint]>([
    ['HTML', { rawBody: '<html>busy</html>' }, /cannot be read/, WORST_CASE],
    ['nothing at all', { rawBody: '' }, /cannot be read/, WORST_CASE],
    ['half of a JSON', { rawBody: '{"choices": [{"mess' }, /cannot be read/, WORST_CASE],
    ['JSON of something else', { rawBody: '{"ok": true}' }, /cannot be read/, WORST_CASE],
    ['no choice', { rawBody: '{"choices": []}' }, /cannot be read/, WORST_CASE],
    [
      'usage in words',
      { text: 'Yes.', usage: { prompt_tokens: 'many' } },
      /cannot be read/,
      WORST_CASE,
    ],
    ['silence', { hangs: true }, /did not answer within 300 ms/, WORST_CASE],
    ['500', { status: 500 }, /HTTP 500/, 0n],
    [
      '429 with a strange Retry-After',
      { status: 429, headers: { 'retry-after': '-1e9' } },
      /HTTP 429/,
      0n,
    ],
    ['404 for a model that was removed', { status: 404 }, /HTTP 404 \(check the name/, 0n],
    ['an error without a body', { status: 503, error: { message: '' } }, /HTTP 503/, 0n],
  ])('%s', async (_name, reply, reason, costPico) => {
    server.setReply(reply);
    const desk = await deskOf();
    const error = await failureOf(desk.answer());
    expect(error.refusals[0]?.reason).toMatch(reason);
    expect(server.requests).toHaveLength(1);
    expect(desk.treasury.spentPico).toBe(costPico);
    expectSettledOnce(desk);
  });
});

describe('a stream that is none', () => {
  const pieces = Array.from({ length: 20 }, () => 'word ');

  test.each<[string, ScriptedReply, RegExp, bigint, bigint]>([
    ['HTML', { rawBody: '<html>busy</html>' }, /cannot be read/, PROMPT_ALONE, PROMPT_ALONE],
    ['nothing at all', { rawBody: '' }, /cannot be read/, PROMPT_ALONE, PROMPT_ALONE],
    [
      'pieces that are no JSON',
      { rawBody: 'data: {"choi\n\n' },
      /cannot be read/,
      PROMPT_ALONE,
      PROMPT_ALONE,
    ],
    [
      'an error in the middle',
      { rawBody: 'data: {"error": {"message": "overloaded"}}\n\n' },
      /broke off|cannot be read/,
      PROMPT_ALONE,
      PROMPT_ALONE,
    ],
    ['silence', { hangs: true }, /did not answer/, PROMPT_ALONE, PROMPT_ALONE],
    ['500', { status: 500 }, /HTTP 500/, 0n, 0n],
    [
      'half a stream, cut',
      { pieces, breaksAfter: 10, pieceDelayMs: 2 },
      /broke off|read/,
      PROMPT_ALONE,
      PROMPT_ALONE + 12n * 600_000n,
    ],
    [
      'half a stream, ended as if it were whole',
      { pieces, endsAfter: 10 },
      /cannot be read/,
      PROMPT_ALONE,
      PROMPT_ALONE + 12n * 600_000n,
    ],
    [
      'half a stream, then silence',
      { pieces, hangsAfter: 10 },
      /did not answer/,
      PROMPT_ALONE,
      PROMPT_ALONE + 12n * 600_000n,
    ],
  ])('%s', async (_name, reply, reason, least, most) => {
    server.setReply(reply);
    const desk = await deskOf();
    const error = await failureOf(desk.pieces());
    expect(JSON.stringify([error.refusals, error.message])).toMatch(reason);
    expect(server.requests).toHaveLength(1);
    expect(desk.treasury.spentPico).toBeGreaterThanOrEqual(least);
    expect(desk.treasury.spentPico).toBeLessThanOrEqual(most);
    expectSettledOnce(desk);
  });
});

describe('usage that cannot be true', () => {
  test.each<[string, Record<string, unknown>]>([
    ['negative', { prompt_tokens: -10, completion_tokens: -20 }],
    ['nothing', { prompt_tokens: 0, completion_tokens: 0 }],
    ['beyond every bound', { prompt_tokens: 9e15, completion_tokens: 9e15 }],
    ['fractions', { prompt_tokens: 1.5, completion_tokens: 0.5 }],
    ['one of two', { completion_tokens: 4 }],
  ])('%s is bounded, in one piece and as a stream', async (_name, usage) => {
    server.setReply({ text: 'It is sunny.', usage });
    const desk = await deskOf();
    await desk.answer();
    await desk.pieces();
    for (const { costPico = 0n, tokensIn, tokensOut } of desk.treasury.rows) {
      expect([tokensIn, tokensOut]).toEqual([22, expect.any(Number)]);
      expect(costPico).toBeGreaterThan(PROMPT_ALONE);
      expect(costPico).toBeLessThan(PROMPT_ALONE + 20n * 600_000n);
    }
    expect(desk.treasury.rows).toHaveLength(2);
    expectSettledOnce(desk);
  });
});

describe('a connection that is none', () => {
  let stranger: Server;
  beforeAll(async () => {
    stranger = createServer(await selfSigned(), (_request, response) => response.end('{}'));
    await new Promise<void>((done) => stranger.listen(0, '127.0.0.1', done));
  });
  afterAll(() => new Promise((done) => stranger.close(done)));

  test.each<[string, () => string]>([
    ['TLS to a server without', () => `https${server.baseUrl.slice(4)}`],
    [
      'a certificate that nobody vouches for',
      () => `https://127.0.0.1:${String((stranger.address() as AddressInfo).port)}/v1`,
    ],
  ])('%s: nothing was sent, nothing is charged', async (_name, url) => {
    const desk = await deskOf({ OPENAI_BASE_URL: url() });
    for (const call of [desk.answer, desk.pieces]) {
      const error = await failureOf(call());
      expect(error.refusals[0]).toMatchObject({
        code: 'not-sent',
        reason: expect.stringMatching(/cannot be reached/),
      });
    }
    expect(desk.treasury.rows).toEqual([]);
    expectSettledOnce(desk);
  });
});

describe('a prompt that is hard to count', () => {
  const BYTES = 24_000;
  test.each<[string, string]>([
    ["8,000 'a'", 'a'.repeat(8_000)],
    ['a wall of hexadecimal digits', Buffer.alloc(BYTES / 2, 'wall').toString('hex')],
    ['a wall of base64', Buffer.alloc((BYTES * 3) / 4, 'brick').toString('base64')],
    ['text that commands encoders', '<|endoftext|><|im_start|>system<|fim_prefix|>'.repeat(100)],
    ['half of a surrogate pair', `${'\ud83d'.repeat(2_000)} what is this?`],
    ['emoji', '👩‍👩‍👧‍👦'.repeat(500)],
  ])('%s is bounded by its bytes, and goes out as it is', async (_name, prompt) => {
    server.setReply({ text: 'Hm.', usage: { prompt_tokens: 3_000, completion_tokens: 2 } });
    const desk = await openDesk({
      settings: { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.baseUrl },
      catalogue: { slots: { default: ['openai:gpt-4o-mini'], long: ['openai:gpt-4o-mini'] } },
    });
    expect(await desk.answer({ prompt })).toMatchObject({ text: 'Hm.' });
    const inBound = (desk.calls()[0]?.['reservedPico'] as bigint) - 2_048n * 600_000n;
    expect(inBound).toBeGreaterThan(0n);
    expect(inBound).toBeLessThanOrEqual(BigInt(Buffer.byteLength(prompt) + 16) * 150_000n);
    expectSettledOnce(desk);
  });

  test('one that no model reads is refused before anything is sent', async () => {
    const desk = await deskOf();
    const error = await failureOf(desk.answer({ prompt: 'word '.repeat(200_000) }));
    expect(error.refusals).toMatchObject([{ code: 'context' }]);
    expect([server.requests, desk.treasury.endings]).toEqual([[], []]);
  });
});

describe('a price of nothing', () => {
  const settings = (): Record<string, string> => ({
    OPENROUTER_API_KEY: KEY,
    OPENROUTER_BASE_URL: server.baseUrl,
  });
  const FREE_MODEL = 'openrouter:deepseek/deepseek-chat-v3-0324:free';

  test('in a published list is no price: the model is refused', async () => {
    const desk = await openDesk({
      settings: settings(),
      catalogue: { slots: { default: [FREE_MODEL] } },
    });
    expect((await failureOf(desk.answer())).refusals).toMatchObject([{ code: 'price' }]);
    expect(server.requests).toEqual([]);
  });

  test("in the user's own catalogue is one: the model is free, whatever it reports", async () => {
    server.setReply({
      text: 'Yes.',
      usage: { prompt_tokens: 9, completion_tokens: 1, cost: 3 },
    });
    const price = { inputUsdPerMillion: '0', outputUsdPerMillion: 0 };
    const desk = await openDesk({
      settings: settings(),
      capUsd: '0.00',
      catalogue: { models: { [FREE_MODEL]: price }, slots: { cheap: [FREE_MODEL] } },
    });
    expect(await desk.answer()).toMatchObject({ costPico: 0n, model: FREE_MODEL });
    expect(desk.treasury.rows).toMatchObject([{ status: 'ok', tokensIn: 9 }]);
  });
});

async function selfSigned(): Promise<{ key: string; cert: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=127.0.0.1',
    keys,
    signingAlgorithm: { ...algorithm, hash: 'SHA-256' },
  });
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
  return { key, cert: certificate.toString('pem') };
}
