import { usdNumber } from '@371os/kernel';
import type { FinishReason, ToolCall } from '../domain/chat.ts';
import type { AnswerPiece, ModelAnswer } from '../domain/model-call.ts';

/** What all chunks of one answer have in common. */
export interface CompletionHead {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** As it was asked for; what has answered stands in the last chunks. */
  readonly model: string;
}

/** A whole answer. `usage.cost` is in USD, `call_id` is that of the ledger. */
export function presentCompletion(head: CompletionHead, answer: ModelAnswer): object {
  const { text, toolCalls } = answer;
  const message = {
    role: 'assistant',
    content: text === '' && toolCalls.length > 0 ? null : text,
    refusal: null,
    ...(toolCalls.length > 0 ? { tool_calls: toolCalls.map(presentToolCall) } : {}),
  };
  const finish_reason = presentFinishReason(answer.finishReason);
  return {
    ...head,
    object: 'chat.completion',
    model: answer.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason }],
    usage: presentUsage(answer),
    call_id: answer.callId,
  };
}

/** The first chunk, which says who speaks. */
export function presentStart(head: CompletionHead): object {
  return chunk(head, { role: 'assistant', content: '' }, null);
}

/** A piece of the answer; `toolIndex` counts its tool calls from 0. */
export function presentPiece(head: CompletionHead, piece: AnswerPiece, toolIndex: number): object {
  const delta =
    piece.type === 'text'
      ? { content: piece.text }
      : { tool_calls: [{ index: toolIndex, ...presentToolCall(piece.toolCall) }] };
  return chunk(head, delta, null);
}

/** The chunk that says how it ended. */
export function presentEnd(
  head: CompletionHead,
  { model, finishReason, callId }: ModelAnswer,
): object {
  const end = chunk({ ...head, model }, {}, presentFinishReason(finishReason));
  return { ...end, call_id: callId };
}

/** The chunk that says what it took, for those who ask for it. */
export function presentUsageChunk(head: CompletionHead, answer: ModelAnswer): object {
  return {
    ...head,
    object: 'chat.completion.chunk',
    model: answer.model,
    choices: [],
    usage: presentUsage(answer),
  };
}

function chunk(head: CompletionHead, delta: object, finish_reason: string | null): object {
  return {
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  };
}

function presentToolCall({ id, name, arguments: input }: ToolCall): object {
  return { id, type: 'function', function: { name, arguments: input } };
}

function presentUsage({ usage: { tokensIn, tokensOut }, costPico }: ModelAnswer): object {
  return {
    prompt_tokens: tokensIn,
    completion_tokens: tokensOut,
    total_tokens: tokensIn + tokensOut,
    cost: usdNumber(costPico),
  };
}

const FINISH_REASONS: Record<FinishReason, string> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  'tool-calls': 'tool_calls',
  // OpenAI has no word for these.
  error: 'stop',
  other: 'stop',
};

function presentFinishReason(reason: FinishReason): string {
  return FINISH_REASONS[reason];
}
