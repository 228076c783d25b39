import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventType, ModelType, type IAgentRuntime, type Plugin } from '@elizaos/core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  cutOff,
  inConversation,
  OWNER,
  parseUsd,
  startConversation,
  type Conversation,
} from '@371os/kernel';
import { treasuryOf, type LedgerRow, type TreasuryService } from '@371os/plugin-treasury';
import { SERVED_TYPES } from '../../plugins/plugin-gateway/src/services/seat.ts';
import { eventually } from '../support/eventually.ts';
import { startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';
import { startAgents, type TestAgents } from './agents-fixture.ts';

const START_MS = 60_000;

const asked: string[] = [];
let failure: Error | undefined;
let server: ScriptedModel;
let agents: TestAgents;
let treasury: TreasuryService;

/** A plugin whose every model notes that it was asked. */
function pluginOf(name: string, priority: number, types: readonly string[]): Plugin {
  const models = types.map((type) => [
    type,
    async () => {
      asked.push(`${name}:${type}`);
      if (failure) throw failure;
      return type === ModelType.IMAGE ? [{ url: 'https://pictures.test/1.png' }] : [1, 2];
    },
  ]);
  return { name, description: 'Models.', priority, models: Object.fromEntries(models) as object };
}

const MEDIA = [ModelType.IMAGE, ModelType.TRANSCRIPTION, ModelType.TEXT_TOKENIZER_ENCODE];

beforeAll(async () => {
  server = await startScriptedModel({ reply: '{"answer": 1}' });
  const catalogue = join(tmpdir(), `371os-seat-${String(process.pid)}.json`);
  const handlers = {
    'painter:IMAGE': { usdPerCall: '0.04' },
    'studio:IMAGE': { usdPerCall: 0.5 },
    'painter:TRANSCRIPTION': { usdPerCall: '0', isLocal: true },
  };
  writeFileSync(catalogue, JSON.stringify({ handlers }));
  const paid = {
    OPENAI_API_KEY: 'sk-seat',
    OPENAI_BASE_URL: server.baseUrl,
    OPENAI_LARGE_MODEL: 'gpt-4o-mini',
    MODEL_CATALOGUE: catalogue,
  };
  agents = await startAgents({
    Zara: {
      settings: paid,
      plugins: [pluginOf('painter', 9, MEDIA), pluginOf('studio', 0, [...MEDIA, 'SCENT'])],
    },
    Ina: { settings: paid, plugins: [pluginOf('intruder', 5_000, SERVED_TYPES)] },
  });
  treasury = await treasuryOf(agents.agent('Zara'));
}, START_MS);
afterAll(async () => {
  await agents.stop();
  await server.close();
}, START_MS);
beforeEach(() => {
  asked.length = 0;
  server.requests.length = 0;
  failure = undefined;
});

/** Calls a model as any plugin does, for a task of its own. */
function use(
  task: string,
  type: string,
  options: { provider?: string; agent?: string; conversation?: Partial<Conversation> } = {},
): Promise<unknown> {
  const runtime = agents.agent(options.agent ?? 'Zara');
  const conversation = startConversation({
    principal: OWNER,
    taskId: task,
    ...options.conversation,
  });
  return inConversation(conversation, () =>
    runtime.useModel(type as 'IMAGE', { prompt: 'A red barn.' }, options.provider),
  );
}

async function rowsOf(task: string): Promise<LedgerRow[]> {
  let rows: LedgerRow[] = [];
  await eventually(async () => {
    rows = await treasury.ledger({ task });
    expect(rows.length).toBeGreaterThan(0);
  });
  return rows;
}

describe('a plugin that sits above the gateway', () => {
  test.each(SERVED_TYPES.filter((type) => type !== ModelType.TEXT_EMBEDDING))(
    'answers no %s, and nothing is paid for',
    async (type) => {
      for (const provider of [undefined, 'intruder', 'nobody'])
        await expect(
          use('above', type, { agent: 'Ina', ...(provider ? { provider } : {}) }),
        ).rejects.toThrow(/plugin "intruder" sits above the gateway/);
      expect([asked, server.requests]).toEqual([[], []]);
    },
  );

  test('makes no embedding either: that is computed here', async () => {
    const vector = await agents
      .agent('Ina')
      .useModel(ModelType.TEXT_EMBEDDING, { text: 'A barn.' }, 'intruder');
    expect(vector).toHaveLength(512);
    expect(asked).toEqual([]);
  });
});

describe('what the gateway does not answer', () => {
  test('is reserved, passed on and settled at the price of the catalogue', async () => {
    expect(await use('image', 'IMAGE')).toEqual([{ url: 'https://pictures.test/1.png' }]);
    expect(asked).toEqual(['painter:IMAGE']);
    expect(await rowsOf('image')).toMatchObject([
      {
        provider: 'painter',
        model: 'IMAGE',
        costPico: parseUsd('0.04'),
        status: 'ok',
        priceId: 'catalogue:painter:IMAGE',
        agent: 'Zara',
        user: 'owner',
      },
    ]);
  });

  test('goes to the plugin that the call names, at its own price', async () => {
    await use('pinned', 'IMAGE', { provider: 'studio' });
    expect(asked).toEqual(['studio:IMAGE']);
    expect(await rowsOf('pinned')).toMatchObject([{ costPico: parseUsd('0.5') }]);
  });

  test('is refused without a price, and the plugin is not asked', async () => {
    await expect(use('unpriced', 'SCENT')).rejects.toMatchObject({
      code: 'MODEL_NOT_ALLOWED',
      message: expect.stringMatching(/price that is not known.*"studio:SCENT"/),
    });
    await expect(use('unpriced', 'TRANSCRIPTION', { provider: 'studio' })).rejects.toMatchObject({
      code: 'MODEL_NOT_ALLOWED',
    });
    expect(asked).toEqual([]);
  });

  test('is refused while models on other machines are left alone, unless it is here', async () => {
    cutOff.set('this node is in backup mode');
    try {
      await expect(use('elsewhere', 'IMAGE')).rejects.toMatchObject({
        code: 'MODELS_ELSEWHERE',
        message: expect.stringMatching(/this node is in backup mode: ask again/),
      });
      expect(asked).toEqual([]);
      await use('here', 'TRANSCRIPTION');
      expect(asked).toEqual(['painter:TRANSCRIPTION']);
    } finally {
      cutOff.set(undefined);
    }
  });

  test('is refused when the budget does not allow it', async () => {
    const { id } = await treasury.reserve({
      category: 'llm',
      amountPico: parseUsd('19.3'),
      scopes: {},
    });
    const call = use('poor', 'IMAGE', { provider: 'studio' });
    await expect(call).rejects.toMatchObject({ code: 'BUDGET_EXCEEDED' });
    expect(asked).toEqual([]);
    await use('poor', 'TRANSCRIPTION');
    await treasury.release(id);
    expect(await rowsOf('poor')).toMatchObject([{ model: 'TRANSCRIPTION', costPico: 0n }]);
  });

  test.each<[string, Error, bigint | undefined]>([
    ['an error status', Object.assign(new RangeError('no'), { statusCode: 402 }), 0n],
    [
      'a server that is not there',
      Object.assign(new RangeError('no'), { code: 'ECONNREFUSED' }),
      undefined,
    ],
    ['an error that says nothing', new RangeError('no'), parseUsd('0.04')],
  ])('%s is thrown on, and charged by what it means', async (name, error, costPico) => {
    failure = error;
    await expect(use(name, 'IMAGE')).rejects.toBe(error);
    if (costPico === undefined) {
      expect((await treasury.summary()).caps.every((cap) => cap.reservedPico === 0n)).toBe(true);
      expect(await treasury.ledger({ task: name })).toEqual([]);
    } else expect(await rowsOf(name)).toMatchObject([{ costPico, status: 'error' }]);
  });

  test('stays on this machine when it is confidential', async () => {
    const conversation = { isConfidential: true };
    await expect(use('secret', 'IMAGE', { conversation })).rejects.toMatchObject({
      code: 'MODEL_NOT_ALLOWED',
      message: expect.stringMatching(/confidential/),
    });
    expect(asked).toEqual([]);
    await use('secret', 'TRANSCRIPTION', { conversation });
    expect(asked).toEqual(['painter:TRANSCRIPTION']);
  });

  test('is not begun for an asker who has gone', async () => {
    const conversation = { signal: AbortSignal.abort() };
    await expect(use('gone', 'IMAGE', { conversation })).rejects.toMatchObject({
      code: 'MODEL_CALL_ABORTED',
    });
    expect(asked).toEqual([]);
  });

  test('and runs here by its nature needs no entry', async () => {
    expect(await use('tokens', 'TEXT_TOKENIZER_ENCODE')).toEqual([1, 2]);
    expect(await rowsOf('tokens')).toMatchObject([{ costPico: 0n }]);
  });

  test('and nobody answers is what ElizaOS says', async () => {
    await expect(use('none', 'VIDEO')).rejects.toThrow(/No handler found/);
  });
});

describe('MODEL_USED', () => {
  const told: Record<string, unknown>[] = [];
  let zara: IAgentRuntime;
  beforeAll(() => {
    zara = agents.agent('Zara');
    zara.registerEvent(EventType.MODEL_USED, async (event) => {
      told.push(event as unknown as Record<string, unknown>);
      throw new RangeError('a listener that fails');
    });
  });
  beforeEach(() => {
    told.length = 0;
  });

  test('tells tokens, model, cost and the id of the call', async () => {
    server.setReply({ text: 'Red.', usage: { prompt_tokens: 30, completion_tokens: 2 } });
    await use('told', ModelType.TEXT_SMALL);
    const [row] = await rowsOf('told');
    expect(told).toMatchObject([
      {
        provider: 'openai',
        type: 'TEXT_SMALL',
        model: 'gpt-4o-mini',
        prompt: expect.stringMatching(/A red barn\.$/),
        tokens: { prompt: 30, completion: 2, total: 32 },
        costUsd: 0.0000057,
        callId: row?.callId,
        status: 'ok',
        source: 'gateway',
      },
    ]);
  });

  test('tells of streams and of failures that were paid for, too', async () => {
    server.setReply({ text: 'Red.' });
    const stream = (await inConversation(startConversation({ principal: OWNER }), () =>
      zara.useModel(ModelType.TEXT_LARGE, { prompt: 'Which colour?', stream: true }),
    )) as unknown as { textStream: AsyncIterable<string> };
    expect((await Array.fromAsync(stream.textStream)).join('')).toBe('Red.');
    server.setReply({ rawBody: 'garbage' });
    await use('broken', ModelType.TEXT_LARGE).catch(() => undefined);
    expect(told.map(({ status }) => status)).toEqual(['ok', 'error']);
  });
});
