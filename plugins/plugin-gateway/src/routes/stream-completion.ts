import type { RouteResponse } from '@elizaos/core';
import type { AnswerPiece, ModelAnswer } from '../domain/model-call.ts';
import {
  presentEnd,
  presentPiece,
  presentStart,
  presentUsageChunk,
  type CompletionHead,
} from './chat-response.ts';
import { EventStream } from './event-stream.ts';
import { openaiErrorBody } from './openai-error.ts';

interface StreamTarget {
  readonly response: RouteResponse;
  /** Aborted when the reader has gone. */
  readonly signal: AbortSignal;
  readonly head: CompletionHead;
  /** Whether the reader wants to know what it took. */
  readonly hasUsage: boolean;
}

/**
 * Writes an answer as server-sent events, and returns its text. An error before its first piece is
 * thrown, so that it is answered with a status of its own; a later one is an event.
 */
export async function streamCompletion(
  target: StreamTarget,
  pieces: AsyncGenerator<AnswerPiece, ModelAnswer>,
): Promise<string> {
  const first = await pieces.next();
  const events = new EventStream(target.response, target.signal);
  try {
    const answer = await writePieces(target, events, first, pieces);
    await events.send(presentEnd(target.head, answer));
    if (target.hasUsage) await events.send(presentUsageChunk(target.head, answer));
    await events.send('[DONE]');
    return answer.text;
  } catch (error) {
    if (!target.signal.aborted) await events.send(openaiErrorBody(error));
    return '';
  } finally {
    // Also when the reader has gone: the call is then ended and charged.
    await pieces.return(undefined as never);
    events.end();
  }
}

async function writePieces(
  { head }: StreamTarget,
  events: EventStream,
  first: IteratorResult<AnswerPiece, ModelAnswer>,
  pieces: AsyncGenerator<AnswerPiece, ModelAnswer>,
): Promise<ModelAnswer> {
  await events.send(presentStart(head));
  let toolCalls = 0;
  for (let step = first; ; step = await pieces.next()) {
    if (step.done) return step.value;
    await events.send(presentPiece(head, step.value, toolCalls));
    if (step.value.type === 'tool-call') toolCalls += 1;
  }
}
