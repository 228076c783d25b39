import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';
import { KEY, openDesk, type Desk } from './desk-fixture.ts';

const ANSWER = 'It is sunny.';
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==';

let server: ScriptedModel;
beforeAll(async () => {
  server = await startScriptedModel();
});
afterAll(() => server.close());
beforeEach(() => {
  server.requests.length = 0;
  server.setReply(ANSWER);
});

/** A desk on which one model alone takes every call. */
function deskOf(provider: string, model: string): Promise<Desk> {
  const name = provider.toUpperCase();
  return openDesk({
    settings: { [`${name}_API_KEY`]: KEY, [`${name}_BASE_URL`]: server.baseUrl },
    catalogue: { slots: { default: [`${provider}:${model}`] } },
  });
}

const PROVIDERS = [
  ['openai', 'gpt-4o-mini', '/v1/chat/completions', `Bearer ${KEY}`],
  ['openrouter', 'openai/gpt-4o-mini', '/v1/chat/completions', `Bearer ${KEY}`],
  ['requesty', 'openai/gpt-4o-mini', '/v1/chat/completions', `Bearer ${KEY}`],
  ['anthropic', 'claude-haiku-4-5', '/v1/messages', KEY],
] as const;

describe.each(PROVIDERS)('%s', (provider, model, path, authorization) => {
  test('answers at the address of its setting, in one piece and as a stream', async () => {
    const desk = await deskOf(provider, model);
    expect(await desk.answer({ system: 'Be brief.', maxTokens: 50 })).toMatchObject({
      text: ANSWER,
      model: `${provider}:${model}`,
      finishReason: 'stop',
      toolCalls: [],
    });
    expect((await desk.stream({ system: 'Be brief.' })).join('')).toBe(ANSWER);
    expect(server.requests).toMatchObject([
      { path, authorization, model, system: 'Be brief.', isStream: false },
      { path, authorization, model, system: 'Be brief.', isStream: true },
    ]);
    expect(server.requests[0]?.body['max_tokens']).toBe(50);
    expect(desk.treasury.rows).toMatchObject([{ status: 'ok' }, { status: 'ok' }]);
    expect(desk.treasury.rows[0]?.costPico).toBe(desk.treasury.rows[1]?.costPico);
    expect(desk.treasury.reserved.size).toBe(0);
  });
});

describe('what a provider wants said otherwise', () => {
  test('OpenRouter is asked for the cost', async () => {
    await (await deskOf('openrouter', 'openai/gpt-4o-mini')).answer();
    expect(server.requests[0]?.body['usage']).toEqual({ include: true });
  });

  test("OpenAI's reasoning models know the limit by another name and take no sampling", async () => {
    await (await deskOf('openai', 'gpt-5.4-mini')).answer({ sampling: { temperature: 0.2 } });
    const body = server.requests[0]?.body;
    expect(body).toMatchObject({ max_completion_tokens: 2048, reasoning_effort: 'low' });
    expect(body).not.toHaveProperty('max_tokens');
    expect(body).not.toHaveProperty('temperature');
  });

  test('a server of the own catalogue is spoken to by the protocol that it names', async () => {
    const desk = await openDesk({
      catalogue: {
        providers: { mine: { baseUrl: server.baseUrl, api: 'anthropic' } },
        models: { 'mine:m': { inputUsdPerMillion: '1', outputUsdPerMillion: '2' } },
        slots: { default: ['mine:m'] },
      },
    });
    expect(await desk.generate()).toBe(ANSWER);
    expect(server.requests[0]?.path).toBe('/v1/messages');
  });
});

describe('a conversation', () => {
  const tools = [
    {
      name: 'weather',
      description: 'The weather of a town.',
      parameters: { type: 'object', properties: { town: { type: 'string' } } },
    },
  ];

  test('goes out whole: roles, tools and pictures, and tool calls come back', async () => {
    server.setReply({ toolCalls: [{ name: 'weather', arguments: '{"town":"Oslo"}' }] });
    const desk = await deskOf('openai', 'gpt-4o-mini');
    const call = {
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image', url: `data:image/png;base64,${PIXEL}` },
            { type: 'image', url: 'https://pictures.test/a.png' },
          ],
        },
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: 'a1', name: 'weather', arguments: '{"town":"Rome"}' }],
        },
        { role: 'tool', toolCallId: 'a1', content: 'Rain.' },
      ],
      tools,
      toolChoice: 'required',
    } as const;
    const toolCalls = [{ id: 'call-0', name: 'weather', arguments: '{"town":"Oslo"}' }];
    expect(await desk.answer(call)).toMatchObject({
      text: '',
      toolCalls,
      finishReason: 'tool-calls',
    });
    expect(await desk.pieces(call)).toEqual([{ type: 'tool-call', toolCall: toolCalls[0] }]);
    expect(server.requests[0]?.body).toMatchObject({
      tool_choice: 'required',
      tools: [{ type: 'function', function: tools[0] }],
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } },
            { type: 'image_url', image_url: { url: 'https://pictures.test/a.png' } },
          ],
        },
        { role: 'assistant', tool_calls: [{ id: 'a1', function: { name: 'weather' } }] },
        { role: 'tool', tool_call_id: 'a1', content: 'Rain.' },
      ],
    });
    expect(desk.treasury.rows).toMatchObject([{ status: 'ok' }, { status: 'ok' }]);
  });

  test('pictures and tools are counted before they are sent', async () => {
    const desk = await deskOf('openai', 'gpt-4o');
    const reservedFor = async (more: object): Promise<bigint> => {
      await desk.answer(more);
      return desk.calls().at(-1)?.['reservedPico'] as bigint;
    };
    const plain = await reservedFor({});
    const picture = { type: 'image', url: `data:image/png;base64,${PIXEL}` };
    const messages = [{ role: 'user', content: [picture] }];
    expect((await reservedFor({ messages })) - plain).toBeGreaterThan(16_000n * 2_500_000n);
    expect((await reservedFor({ tools })) - plain).toBeGreaterThan(20n * 2_500_000n);
  });

  test('goes past a model that cannot take it, with the reason', async () => {
    const desk = await openDesk({
      settings: { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.baseUrl },
      catalogue: {
        models: { 'openai:gpt-4o': { lacks: ['tools'] } },
        slots: { default: ['openai:gpt-4o', 'openai:gpt-4o-mini'] },
      },
    });
    expect(await desk.answer({ tools })).toMatchObject({ model: 'openai:gpt-4o-mini' });
    expect(desk.calls()[0]?.['reason']).toMatch(/before it: openai:gpt-4o takes no tools/);
  });

  test('an answer by schema is asked for by schema', async () => {
    const schema = { type: 'object', properties: { town: { type: 'string' } } };
    await (await deskOf('openai', 'gpt-4o-mini')).answer({ json: { schema, name: 'place' } });
    expect(server.requests[0]?.body['response_format']).toMatchObject({
      type: 'json_schema',
      json_schema: { name: 'place', schema },
    });
  });
});

describe('a model that the caller names', () => {
  test('answers alone: nothing takes its place', async () => {
    server.setReply({ status: 500 });
    const desk = await deskOf('openai', 'gpt-4o');
    await expect(desk.answer({ model: 'openai:gpt-4o-mini' })).rejects.toMatchObject({
      refusals: [{ model: 'openai:gpt-4o-mini' }],
    });
    expect(server.requests.map(({ model }) => model)).toEqual(['gpt-4o-mini']);
  });

  test('is bound by privacy all the same', async () => {
    const desk = await deskOf('openai', 'gpt-4o');
    const call = desk.answer({ model: 'openai:gpt-4o-mini', isConfidential: true });
    await expect(call).rejects.toMatchObject({ refusals: [{ code: 'privacy' }] });
    expect(server.requests).toEqual([]);
  });

  test('may be a slot', async () => {
    const desk = await openDesk({
      settings: { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.baseUrl },
      catalogue: { slots: { cheap: ['openai:gpt-4.1-nano'] } },
    });
    expect(await desk.answer({ model: 'cheap' })).toMatchObject({ model: 'openai:gpt-4.1-nano' });
    expect(desk.calls()).toMatchObject([{ slot: 'cheap', rule: 0 }]);
  });

  test.each(['gpt-4o', 'nobody:gpt-4o', 'ollama:*', ''])('must be one: "%s"', async (model) => {
    const desk = await deskOf('openai', 'gpt-4o');
    await expect(desk.answer({ model })).rejects.toMatchObject({ code: 'UNKNOWN_MODEL' });
  });
});
