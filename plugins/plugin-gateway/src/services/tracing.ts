import {
  context,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanKind,
} from '@opentelemetry/api';
import { BaseError } from '@371os/kernel';
import { ATTRIBUTE } from '../domain/telemetry-names.ts';
import { ModelCallAbortedError, ModelCallError } from '../errors.ts';

// Asked for anew each time: an SDK may be registered late, and through another copy of the API.
// Without one the tracer makes spans that do and keep nothing.
function startSpan<Result>(init: SpanInit<Result>): Span {
  return trace.getTracer('@371os/plugin-gateway').startSpan(init.name, init);
}

/** How a span begins, and what is added at its end. */
export interface SpanInit<Result> {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** What the result adds. Asked for only while somebody records. */
  readonly ended?: (result: Result) => Attributes;
}

/** Does `work` inside a span; spans that begin in it are its children. */
export async function traced<Result>(
  init: SpanInit<Result>,
  work: () => Promise<Result>,
): Promise<Result> {
  const span = startSpan(init);
  try {
    const result = await context.with(trace.setSpan(context.active(), span), work);
    describe(span, init, result);
    return result;
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** The same for an answer in pieces. A reader that leaves early ends the span, too. */
export async function* tracedStream<Piece, Result>(
  init: SpanInit<Result>,
  open: () => AsyncGenerator<Piece, Result>,
): AsyncGenerator<Piece, Result> {
  const span = startSpan(init);
  if (!span.isRecording()) return yield* open();
  let isOver = false;
  try {
    const result = yield* inContext(trace.setSpan(context.active(), span), open());
    describe(span, init, result);
    isOver = true;
    return result;
  } catch (error) {
    fail(span, error);
    isOver = true;
    throw error;
  } finally {
    if (!isOver) fail(span, new ModelCallAbortedError());
    span.end();
  }
}

/** A short name of what went wrong, the same for every occurrence. */
export function errorTypeOf(error: unknown): string {
  if (error instanceof ModelCallError) return error.failure;
  if (BaseError.isInstance(error)) return error.code;
  return error instanceof Error ? error.name : '_OTHER';
}

function describe<Result>(span: Span, { ended }: SpanInit<Result>, result: Result): void {
  if (ended && span.isRecording()) span.setAttributes(ended(result));
}

// The text of errors that are not ours may repeat what was sent.
function fail(span: Span, error: unknown): void {
  span.setAttribute(ATTRIBUTE.errorType, errorTypeOf(error));
  span.setStatus({
    code: SpanStatusCode.ERROR,
    ...(BaseError.isInstance(error) ? { message: error.message } : {}),
  });
}

// A generator runs in the context of whoever asks for the next piece.
function inContext<Piece, Result>(
  active: Context,
  pieces: AsyncGenerator<Piece, Result>,
): AsyncGenerator<Piece, Result> {
  const bound = {
    next: context.bind(active, pieces.next.bind(pieces)),
    return: context.bind(active, pieces.return.bind(pieces)),
    throw: context.bind(active, pieces.throw.bind(pieces)),
    [Symbol.asyncIterator]: () => bound,
    [Symbol.asyncDispose]: async () => pieces[Symbol.asyncDispose](),
  };
  return bound;
}
