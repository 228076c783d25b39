import { SpanKind, type Attributes } from '@opentelemetry/api';
import { usdNumber } from '@371os/kernel';
import type { AnswerPiece, ModelAnswer } from '../domain/model-call.ts';
import { ATTRIBUTE, SPAN } from '../domain/telemetry-names.ts';
import type { DeskCall } from './call-plan.ts';
import type { ModelDesk } from './model-desk.ts';
import { traced, tracedStream, type SpanInit } from './tracing.ts';

/** What makes model calls. */
export type Desk = Pick<ModelDesk, 'generate' | 'stream'>;

/** Makes a span for each call, in which the chat spans of the models that are tried stand. */
export class TracedDesk implements Desk {
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  generate(call: DeskCall): Promise<ModelAnswer> {
    return traced(spanOf(call), () => this.#desk.generate(call));
  }

  stream(call: DeskCall): AsyncGenerator<AnswerPiece, ModelAnswer> {
    return tracedStream(spanOf(call), () => this.#desk.stream(call));
  }
}

function spanOf({ scopes }: DeskCall): SpanInit<ModelAnswer> {
  return {
    name: SPAN.call,
    kind: SpanKind.INTERNAL,
    attributes: { [ATTRIBUTE.agent]: scopes.agent, [ATTRIBUTE.task]: scopes.task },
    ended: describeAnswer,
  };
}

function describeAnswer({ callId, costPico, model }: ModelAnswer): Attributes {
  return {
    [ATTRIBUTE.callId]: callId,
    [ATTRIBUTE.costUsd]: usdNumber(costPico),
    [ATTRIBUTE.model]: model,
  };
}
