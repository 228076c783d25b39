import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type ContextManager,
} from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { inConversation, OWNER, startConversation } from '@371os/kernel';
import { gatewayOf, type GatewayService } from '@371os/plugin-gateway';
import { callMetrics } from '../../plugins/plugin-gateway/src/services/call-metrics.ts';
import { eventually } from '../support/eventually.ts';
import { elizaReply, startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';
import { say, startAgents, type TestAgents } from './agents-fixture.ts';

const START_MS = 60_000;
const QUESTION = 'Which of our suppliers raised their prices in Lisbon?';
const USAGE = { prompt_tokens: 200, completion_tokens: 20, total_tokens: 220 };

/** Carries the running span along every await, as the Node SDK of OpenTelemetry does. */
class AsyncContexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<Args extends unknown[], Run extends (...args: Args) => ReturnType<Run>>(
    active: Context,
    run: Run,
    thisArg?: ThisParameterType<Run>,
    ...args: Args
  ): ReturnType<Run> {
    return this.#storage.run(active, () => run.apply(thisArg, args));
  }

  bind<Target>(active: Context, target: Target): Target {
    if (typeof target !== 'function') return target;
    const bound = (...args: unknown[]): unknown =>
      this.#storage.run(active, () => (target as (...all: unknown[]) => unknown)(...args));
    return bound as Target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}

const exporter = new InMemorySpanExporter();
let paid: ScriptedModel;
let local: ScriptedModel;
let agents: TestAgents;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncContexts());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  paid = await startScriptedModel();
  local = await startScriptedModel({ ollamaModels: ['llama3'], reply: 'Between us.' });
  const settings = {
    OPENAI_API_KEY: 'sk-telemetry-1',
    OPENAI_BASE_URL: paid.baseUrl,
    OPENAI_LARGE_MODEL: 'gpt-4o-mini',
    LOCAL_MODEL_DISCOVERY: 'true',
    OLLAMA_API_ENDPOINT: local.url,
    LOCALAI_BASE_URL: paid.baseUrl,
    MODEL_REST_MS: '50',
  };
  agents = await startAgents({
    Maya: { settings },
    Open: { settings: { ...settings, TRACE_CONTENT: true } },
  });
}, START_MS);

afterAll(async () => {
  await agents.stop();
  await paid.close();
  await local.close();
});

beforeEach(() => {
  exporter.reset();
  paid.setReply({ text: 'Two of them.', usage: USAGE });
});

function gateway(name = 'Maya'): Promise<GatewayService> {
  return gatewayOf(agents.agent(name));
}

function spansNamed(name: string): ReadableSpan[] {
  return exporter.getFinishedSpans().filter((span) => span.name === name);
}

function parentOf(span: ReadableSpan | undefined): ReadableSpan | undefined {
  const id = span?.parentSpanContext?.spanId;
  return exporter.getFinishedSpans().find((other) => other.spanContext().spanId === id);
}

function recorded(): string {
  return JSON.stringify(
    exporter.getFinishedSpans().map(({ name, attributes, status, events }) => ({
      ...{ name, attributes, status, events },
    })),
  );
}

describe('spans', () => {
  test('of a message hold the call, and it holds the request to the model', async () => {
    paid.setReply({ text: elizaReply('Two of them.'), usage: USAGE });
    await say(agents.agent('Maya'), QUESTION);
    const [chat] = spansNamed('chat gpt-4o-mini');
    expect(chat?.kind).toBe(SpanKind.CLIENT);
    expect(chat?.status.code).toBe(SpanStatusCode.UNSET);
    expect(chat?.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.response.model': 'gpt-4o-mini',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 200,
      'gen_ai.usage.output_tokens': 20,
      'gen_ai.agent.name': 'Maya',
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(paid.url).port),
    });
    const call = parentOf(chat);
    expect(call?.name).toBe('gateway.call');
    expect(call?.attributes).toMatchObject({
      'gateway.call.model': 'openai:gpt-4o-mini',
      'gateway.call.cost_usd': 0.000042,
    });
    const invocation = parentOf(call);
    expect(invocation?.name).toBe('invoke_agent Maya');
    expect(invocation?.attributes).toMatchObject({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'Maya',
      'gen_ai.conversation.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test('hold nothing of what was said', async () => {
    await say(agents.agent('Maya'), QUESTION);
    expect(spansNamed('chat gpt-4o-mini')).not.toEqual([]);
    expect(recorded()).not.toMatch(/Lisbon|Two of them|sk-telemetry/);
  });

  test('hold what was said when a setting says so, but never in confidence', async () => {
    const service = await gateway('Open');
    await service.generate({ prompt: QUESTION, system: 'Be brief.' });
    expect(
      JSON.parse(String(spansNamed('chat gpt-4o-mini')[0]?.attributes['gen_ai.input.messages'])),
    ).toEqual([
      { role: 'system', parts: [{ type: 'text', content: 'Be brief.' }] },
      { role: 'user', parts: [{ type: 'text', content: QUESTION }] },
    ]);
    expect(recorded()).toContain('Two of them.');

    exporter.reset();
    const conversation = startConversation({ principal: OWNER, isConfidential: true });
    await inConversation(conversation, () => service.generate({ prompt: 'Shall we sell Rome?' }));
    expect(spansNamed('chat llama3')).toHaveLength(1);
    expect(recorded()).not.toMatch(/Rome|Between us/);
  });

  test('show each model that was tried, and why it failed', async () => {
    paid.setReply({ status: 500 });
    await (await gateway()).generate({ prompt: QUESTION });
    const [failed] = spansNamed('chat gpt-4o-mini');
    expect(failed?.status.code).toBe(SpanStatusCode.ERROR);
    expect(failed?.attributes).toMatchObject({ 'error.type': 'refused' });
    const [answering] = spansNamed('chat llama3');
    expect(answering?.status.code).toBe(SpanStatusCode.UNSET);
    expect(parentOf(failed)).toBe(parentOf(answering));
    expect(parentOf(failed)?.attributes['gateway.call.model']).toBe('ollama:llama3');
    expect(recorded()).not.toContain('sk-telemetry');
  });

  test('of a stream say when it began, and when its reader left early', async () => {
    const text = 'It is a long story. '.repeat(20);
    paid.setReply({ text, usage: USAGE });
    const service = await gateway();
    const pieces = await Array.fromAsync(service.stream({ prompt: QUESTION }));
    expect(pieces.length).toBeGreaterThan(1);
    const [whole] = spansNamed('chat gpt-4o-mini');
    expect(whole?.attributes['gen_ai.response.time_to_first_chunk']).toBeGreaterThanOrEqual(0);
    expect(whole?.attributes['gen_ai.usage.output_tokens']).toBe(20);
    expect(parentOf(whole)?.name).toBe('gateway.call');

    exporter.reset();
    const stream = service.stream({ prompt: QUESTION });
    await stream.next();
    await stream.return(undefined as never);
    const left = [...spansNamed('chat gpt-4o-mini'), ...spansNamed('gateway.call')];
    expect(left).toHaveLength(2);
    for (const span of left)
      expect(span.attributes).toMatchObject({ 'error.type': 'MODEL_CALL_ABORTED' });
  });
});

describe('metrics', () => {
  /** The value of the one series of a metric that has these labels; 0 when there is none. */
  async function valueOf(metric: string, labels: Record<string, string>): Promise<number> {
    const lines = (await callMetrics.text())
      .split('\n')
      .filter((line) => line.startsWith(`${metric}{`))
      .filter((line) =>
        Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)),
      );
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  const PAID = { gen_ai_provider_name: 'openai', gen_ai_request_model: 'gpt-4o-mini' };
  const LOCAL = { gen_ai_provider_name: 'ollama', gen_ai_request_model: 'llama3' };

  test('count a call, its tokens and its cost', async () => {
    const counted = (): Promise<number[]> =>
      Promise.all([
        valueOf('gateway_calls_total', { ...PAID, gen_ai_agent_name: 'Maya', outcome: 'ok' }),
        valueOf('gateway_cost_usd_total', { ...PAID, gen_ai_agent_name: 'Maya' }),
        valueOf('gen_ai_client_token_usage_sum', { ...PAID, gen_ai_token_type: 'input' }),
        valueOf('gen_ai_client_token_usage_sum', { ...PAID, gen_ai_token_type: 'output' }),
        valueOf('gen_ai_client_operation_duration_seconds_count', PAID),
      ]);
    const before = await counted();
    await (await gateway()).generate({ prompt: QUESTION });
    const after = await counted();
    const added = after.map((value, index) => value - (before[index] ?? 0));
    expect(added.map((value) => Number(value.toFixed(9)))).toEqual([1, 0.000042, 200, 20, 1]);
  });

  test('count the time to the first piece of a stream', async () => {
    const metric = 'gen_ai_client_operation_time_to_first_chunk_seconds_count';
    const before = await valueOf(metric, PAID);
    await Array.fromAsync((await gateway()).stream({ prompt: QUESTION }));
    expect(await valueOf(metric, PAID)).toBe(before + 1);
  });

  test('count why a model was passed over, and what the one after it did', async () => {
    const counted = (): Promise<number[]> =>
      Promise.all([
        valueOf('gateway_fallbacks_total', { ...PAID, reason: 'refused' }),
        valueOf('gateway_calls_total', { ...PAID, outcome: 'error' }),
        valueOf('gateway_calls_total', { ...LOCAL, outcome: 'fallback' }),
        valueOf('gen_ai_client_operation_duration_seconds_count', {
          ...PAID,
          error_type: 'refused',
        }),
      ]);
    const before = await counted();
    paid.setReply({ status: 503 });
    await (await gateway()).generate({ prompt: QUESTION });
    expect(await counted()).toEqual(before.map((value) => value + 1));
  });

  test('show which models are left alone, until they answer again', async () => {
    paid.setReply({ status: 503 });
    for (let failures = 0; failures < 3; failures += 1)
      await (await gateway()).generate({ prompt: QUESTION });
    expect(await valueOf('gateway_breaker_open', PAID)).toBe(1);
    paid.setReply({ text: 'Two of them.', usage: USAGE });
    await eventually(async () => {
      await (await gateway()).generate({ prompt: QUESTION });
      expect(await valueOf('gateway_breaker_open', PAID)).toBe(0);
    });
  });

  test('have no label with words of a person or of a model', async () => {
    await (await gateway()).generate({ prompt: QUESTION, model: 'openai:gpt-4o-mini' });
    const refused = (await gateway()).generate({ prompt: QUESTION, model: 'openai:no-such-thing' });
    await expect(refused).rejects.toMatchObject({ code: 'NO_MODEL_ANSWERED' });
    expect(await callMetrics.text()).not.toMatch(/Lisbon|no-such-thing|owner/);
  });
});
