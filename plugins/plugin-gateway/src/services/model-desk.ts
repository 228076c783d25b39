import { BaseError } from '@371os/kernel';
import { textOfToolCall, type ToolCall } from '../domain/chat.ts';
import type { AnswerPiece, ModelAnswer } from '../domain/model-call.ts';
import { isEmptyAnswer } from '../domain/shape-answer.ts';
import { ModelCallError } from '../errors.ts';
import type { ChatClient, ChatEnd } from '../ports.ts';
import { Admission, type AdmissionComponents } from './admission.ts';
import {
  planCall,
  refusalsOf,
  type CallPlan,
  type DeskCall,
  type PlannerComponents,
  type Refusal,
} from './call-plan.ts';

export interface DeskComponents extends PlannerComponents, AdmissionComponents {
  readonly client: ChatClient;
}

/** Every model that could have taken a call was barred or failed. */
export class ModelsExhausted extends BaseError {
  readonly refusals: readonly Refusal[];
  /** What the treasury said, when it was the money. */
  readonly treasuryError: BaseError | undefined;

  constructor(plan: CallPlan) {
    super('No model took the call.');
    this.refusals = refusalsOf(plan, plan.candidates);
    this.treasuryError = plan.treasuryError;
  }
}

const EMPTY = new ModelCallError({ failure: 'unknown', reason: 'gave an empty answer' });
const NO_END: ChatEnd = { usage: {}, finishReason: 'other' };

/** Makes model calls: chooses the model, reserves the worst case, calls, settles once. */
export class ModelDesk {
  readonly #components: DeskComponents;
  readonly #admission: Admission;

  constructor(components: DeskComponents) {
    this.#components = components;
    this.#admission = new Admission(components);
  }

  /** @throws ModelsExhausted, ModelCallAbortedError */
  async generate(call: DeskCall): Promise<ModelAnswer> {
    const plan = await planCall(this.#components, call);
    for await (const attempt of this.#admission.attempts(plan)) {
      const { model, request } = attempt;
      try {
        const answer = await this.#components.client.generate(request);
        const { text, toolCalls, finishReason } = answer;
        const written = text + toolCalls.map(textOfToolCall).join('');
        if (toolCalls.length === 0 && isEmptyAnswer(text)) {
          await attempt.failEmpty(EMPTY, answer.usage);
          plan.refusals.push({ model, code: 'empty', reason: EMPTY.reason });
          continue;
        }
        const charge = await attempt.succeed(written, answer.usage);
        return { text, toolCalls, finishReason, model, ...charge };
      } catch (error) {
        await attempt.fail(error, { text: '', isStream: false });
        refuse(plan, model, error);
      }
    }
    throw new ModelsExhausted(plan);
  }

  /**
   * The same, as it is written. Another model takes over only while nothing has been said.
   * @throws ModelsExhausted, ModelCallAbortedError, ModelCallError once something was said
   */
  async *stream(call: DeskCall): AsyncGenerator<AnswerPiece, ModelAnswer> {
    const plan = await planCall(this.#components, call);
    for await (const attempt of this.#admission.attempts(plan)) {
      const { model, request } = attempt;
      const toolCalls: ToolCall[] = [];
      let text = '';
      let thoughts = '';
      let said = 0;
      let end = NO_END;
      const written = (): string => thoughts + text + toolCalls.map(textOfToolCall).join('');
      try {
        for await (const event of this.#components.client.stream(request)) {
          attempt.keepAlive();
          if (event.type === 'end') end = event;
          else if (event.type === 'thinking') thoughts += event.text;
          else if (event.type === 'tool-call') {
            toolCalls.push(event.toolCall);
            yield event;
          } else {
            text += event.text;
            // Thinking is held back, so that another model can still take over after it.
            if (said === 0 && isEmptyAnswer(text)) continue;
            const piece = text.slice(said);
            said = text.length;
            yield { type: 'text', text: piece };
          }
        }
        if (toolCalls.length > 0 || !isEmptyAnswer(text)) {
          const charge = await attempt.succeed(written(), end.usage);
          return { text, toolCalls, finishReason: end.finishReason, model, ...charge };
        }
        await attempt.failEmpty(EMPTY, end.usage);
        plan.refusals.push({ model, code: 'empty', reason: EMPTY.reason });
      } catch (error) {
        await attempt.fail(error, { text: written(), isStream: true });
        refuse(plan, model, error);
        if (said > 0 || toolCalls.length > 0) throw error;
      } finally {
        await attempt.abandon(written());
      }
    }
    throw new ModelsExhausted(plan);
  }
}

/** @throws the error itself when the asker has gone */
function refuse(plan: CallPlan, model: string, error: unknown): void {
  if (!(error instanceof ModelCallError)) throw error;
  plan.refusals.push({ model, code: error.failure, reason: error.reason });
}
