import type {
  LanguageModelV4,
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
  LanguageModelV4ToolCall,
  LanguageModelV4Usage,
} from '@ai-sdk/provider';
import type { FinishReason, ToolCall } from '../domain/chat.ts';
import { ModelCallError } from '../errors.ts';
import type { ChatAnswer, ChatClient, ChatEvent, ChatRequest, ReportedUsage } from '../ports.ts';
import { Deadline } from './deadline.ts';
import { callOptions } from './sdk-prompt.ts';

/** What is asked of a model of the AI SDK. */
export type SdkModel = Pick<LanguageModelV4, 'doGenerate' | 'doStream'>;

/**
 * Speaks to a model of the AI SDK, once per call: retries and their cost are the gateway's own
 * affair, tools are the caller's, and nothing but the call itself goes over the network.
 */
export class SdkClient implements ChatClient {
  readonly #modelOf: (request: ChatRequest) => Promise<SdkModel>;

  constructor(modelOf: (request: ChatRequest) => Promise<SdkModel>) {
    this.#modelOf = modelOf;
  }

  async generate(request: ChatRequest): Promise<ChatAnswer> {
    const model = await this.#modelOf(request);
    const deadline = new Deadline(request);
    try {
      const result = await model.doGenerate(callOptions(request, deadline.signal));
      deadline.finish();
      return {
        text: result.content.map(textOf).join(''),
        toolCalls: result.content.filter((part) => part.type === 'tool-call').map(toolCallOf),
        usage: usageOf(result.usage),
        finishReason: finishReasonOf(result.finishReason),
        servedModel: result.response?.modelId,
      };
    } catch (error) {
      throw deadline.explain(error);
    } finally {
      deadline.stop();
    }
  }

  async *stream(request: ChatRequest): AsyncGenerator<ChatEvent, void> {
    const model = await this.#modelOf(request);
    const deadline = new Deadline(request);
    let servedModel: string | undefined;
    try {
      const { stream } = await model.doStream(callOptions(request, deadline.signal));
      for await (const part of stream) {
        deadline.restart();
        if (part.type === 'response-metadata') servedModel = part.modelId;
        else if (part.type === 'error') throw brokenOff(part.error);
        else yield* eventsOf(part, servedModel);
      }
      deadline.finish();
    } catch (error) {
      throw deadline.explain(error);
    } finally {
      // Also when the reader has gone: what nobody reads must not be written on and billed.
      deadline.stop();
    }
  }
}

function* eventsOf(
  part: LanguageModelV4StreamPart,
  servedModel: string | undefined,
): Generator<ChatEvent> {
  if (part.type === 'text-delta') yield { type: 'text', text: part.delta };
  else if (part.type === 'reasoning-delta') yield { type: 'thinking', text: part.delta };
  else if (part.type === 'tool-call') yield { type: 'tool-call', toolCall: toolCallOf(part) };
  else if (part.type === 'finish')
    yield {
      type: 'end',
      usage: usageOf(part.usage),
      finishReason: finishReasonOf(part.finishReason),
      servedModel,
    };
}

function textOf(part: LanguageModelV4Content): string {
  return part.type === 'text' ? part.text : '';
}

function toolCallOf({ toolCallId, toolName, input }: LanguageModelV4ToolCall): ToolCall {
  return { id: toolCallId, name: toolName, arguments: input };
}

function finishReasonOf({ unified }: LanguageModelV4FinishReason): FinishReason {
  return unified === 'interrupted' ? 'other' : unified;
}

function usageOf({ inputTokens, outputTokens, raw }: LanguageModelV4Usage): ReportedUsage {
  return {
    tokensIn: inputTokens.total,
    tokensOut: outputTokens.total,
    cacheWriteTokens: inputTokens.cacheWrite,
    costUsd: costIn(raw),
  };
}

// With the user's own key behind a router, the cost is that of the routing alone.
function costIn(raw: LanguageModelV4Usage['raw']): number | undefined {
  const cost = raw?.['is_byok'] === true ? undefined : raw?.['cost'];
  return typeof cost === 'number' ? cost : undefined;
}

// In a stream the provider has begun to answer, so an error in it says nothing about the bill.
function brokenOff(error: unknown): unknown {
  return error instanceof Error
    ? error
    : new ModelCallError({ failure: 'unknown', reason: 'broke off with an error' });
}
