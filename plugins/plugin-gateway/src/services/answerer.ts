import { ModelType, type IAgentRuntime, type TextStreamResult } from '@elizaos/core';
import { cutOff, record, type BaseError } from '@371os/kernel';
import { promptMessages, textOfMessages } from '../domain/chat.ts';
import { answerFor } from '../domain/eliza-response.ts';
import type { AnswerPiece, ModelAnswer, ModelCall } from '../domain/model-call.ts';
import { promptKind, type PromptKind } from '../domain/prompt-kind.ts';
import { AnswerShaper, shapeAnswer } from '../domain/shape-answer.ts';
import { AnswerNotJsonError, LanguageModelNeededError, NoModelAnsweredError } from '../errors.ts';
import type { GatewaySettings } from '../settings.ts';
import { RULES_MODEL, type EmbeddedRules } from './embedded-rules.ts';
import { callContext } from './call-context.ts';
import type { DeskCall } from './call-plan.ts';
import { ModelsExhausted } from './model-desk.ts';
import type { ModelRegistry } from './model-registry.ts';
import { streamResult } from './stream-result.ts';
import type { TextParameters } from './text-parameters.ts';
import type { Desk } from './traced-desk.ts';

const NO_MODEL =
  'This needs a language model and none is configured: set OPENAI_API_KEY (or OPENAI_BASE_URL), or start Ollama on this machine; the task is kept and goes on by itself.';
const NO_LOCAL_MODEL =
  'This is confidential and no language model on this machine answers, so nothing was sent anywhere: start Ollama or LocalAI on this machine; the task is kept and goes on by itself.';
const noModelHere = (reason: string): string =>
  `This needs a language model, ${reason}, and no model on this machine answers: start Ollama on this machine; the task is kept and goes on by itself.`;
const ONLY_RULES =
  'I work by rules alone and none of them fits this: say it in other words, or type /help to see what I can do.';

interface AnswererComponents {
  readonly runtime: IAgentRuntime;
  readonly settings: GatewaySettings;
  readonly registry: ModelRegistry;
  readonly desk: Desk;
  readonly rules: EmbeddedRules;
}

/** A call of ElizaOS's, and the form in which its prompt wants the answer. */
interface Ask {
  readonly kind: PromptKind;
  readonly prompt: string;
  readonly call: DeskCall;
}

/** Answers ElizaOS's model calls: by a language model when one may and can, else by rules. */
export class Answerer {
  readonly #components: AnswererComponents;

  constructor(components: AnswererComponents) {
    this.#components = components;
  }

  /** @throws NoModelAnsweredError, LanguageModelNeededError, or what the treasury refused with */
  async generate(call: ModelCall): Promise<ModelAnswer> {
    const asked = this.#asked(call);
    if (!this.#hasModel()) throw this.#refusal(asked, undefined);
    try {
      return await this.#components.desk.generate(asked);
    } catch (error) {
      throw error instanceof ModelsExhausted ? this.#refusal(asked, error) : error;
    }
  }

  /** The same, as it is written. @throws as `generate`, and ModelCallError once something was said */
  async *stream(call: ModelCall): AsyncGenerator<AnswerPiece, ModelAnswer> {
    const asked = this.#asked(call);
    if (!this.#hasModel()) throw this.#refusal(asked, undefined);
    try {
      return yield* this.#components.desk.stream(asked);
    } catch (error) {
      throw error instanceof ModelsExhausted ? this.#refusal(asked, error) : error;
    }
  }

  /** A text, or a stream of it when `stream` is set. */
  async answerText(
    modelType: string,
    parameters: TextParameters,
  ): Promise<string | TextStreamResult> {
    const { stream } = parameters;
    const ask = this.#ask(modelType, parameters);
    return stream ? streamResult(this.#stream(ask)) : this.#text(ask);
  }

  /** A JSON value. @throws AnswerNotJsonError, LanguageModelNeededError */
  async answerObject(modelType: string, parameters: TextParameters): Promise<unknown> {
    const schema =
      parameters.schema === undefined
        ? ''
        : `\nIts JSON schema: ${JSON.stringify(parameters.schema)}`;
    const prompt = `${parameters.prompt}\n\nAnswer with one JSON value and nothing else.${schema}`;
    const ask = this.#ask(modelType, { ...parameters, prompt, isJson: true });
    return parseJson(await this.#text({ ...ask, kind: 'other' }), modelType);
  }

  async #text(ask: Ask): Promise<string> {
    if (!this.#hasModel()) return this.#byRules(ask, undefined);
    try {
      return shapeAnswer(ask.kind, (await this.#components.desk.generate(ask.call)).text);
    } catch (error) {
      if (!(error instanceof ModelsExhausted)) throw error;
      return this.#byRules(ask, error);
    }
  }

  async *#stream(ask: Ask): AsyncGenerator<string, ModelAnswer | undefined> {
    if (!this.#hasModel()) {
      yield this.#byRules(ask, undefined);
      return undefined;
    }
    const shaper = new AnswerShaper(ask.kind);
    try {
      return yield* shaped(shaper, this.#components.desk.stream(ask.call));
    } catch (error) {
      if (!(error instanceof ModelsExhausted)) throw error;
      yield this.#byRules(ask, error);
      return undefined;
    }
  }

  #hasModel(): boolean {
    const { settings, registry } = this.#components;
    return !settings.ONLY_RULES && !registry.isEmpty;
  }

  #byRules(ask: Ask, exhausted: ModelsExhausted | undefined): string {
    const { kind, call, prompt } = ask;
    const answer = this.#components.rules.answer(kind, prompt);
    if (answer === undefined) return this.#decline(ask, exhausted);
    record({
      kind: 'model-call',
      agent: call.scopes.agent,
      modelType: call.modelType,
      slot: 'rules',
      rule: 0,
      model: RULES_MODEL,
      status: exhausted ? 'fallback' : 'ok',
      tokensIn: 0,
      tokensOut: 0,
      costPico: 0n,
      reservedPico: 0n,
      reason: exhausted ? explain(exhausted) : 'no language model is used',
      latencyMs: 0,
      taskId: call.scopes.task,
      candidates: exhausted?.refusals ?? [],
    });
    return answer;
  }

  /** Says why nobody could answer, in the form that the prompt asks for. @throws when it has none */
  #decline({ kind, call }: Ask, exhausted: ModelsExhausted | undefined): string {
    const refusal = this.#refusal(call, exhausted);
    const isBudget = refusal === exhausted?.treasuryError;
    if (!isBudget && !(refusal instanceof LanguageModelNeededError)) throw refusal;
    const thought = isBudget ? 'The budget does not allow it.' : 'No rule can do this.';
    const answer = answerFor(kind, thought, refusal.message);
    if (answer === undefined) throw refusal;
    return answer;
  }

  /** Why no model could answer; put on record when somebody can do something about it. */
  #refusal(call: DeskCall, exhausted: ModelsExhausted | undefined): BaseError {
    const { agent } = call.scopes;
    const { isConfidential } = call;
    const error = isConfidential ? undefined : exhausted?.treasuryError;
    if (error) {
      const kind = error.code === 'BUDGET_EXCEEDED' ? 'budget-exceeded' : 'treasury-refused';
      record({ kind, code: error.code, sentence: error.message, agent });
      return error;
    }
    const reason = isConfidential ? undefined : cutOff.reason;
    const isElsewhere = exhausted?.refusals.some(({ code }) => code === 'place') ?? false;
    const isKept = isElsewhere && reason !== undefined;
    if (exhausted && !isConfidential && !isKept)
      return new NoModelAnsweredError({ reasons: exhausted.refusals });
    if (this.#components.settings.ONLY_RULES)
      return new LanguageModelNeededError({ sentence: ONLY_RULES });
    const sentence = isConfidential ? NO_LOCAL_MODEL : isKept ? noModelHere(reason) : NO_MODEL;
    record({
      kind: 'input-required',
      missing: 'language-model',
      sentence,
      agent,
      isConfidential,
    });
    return new LanguageModelNeededError({ sentence });
  }

  #ask(modelType: string, parameters: TextParameters): Ask {
    const { prompt, isJson, maxTokens, sampling } = parameters;
    const system = parameters.system ?? this.#components.runtime.character.system;
    const json = isJson ? {} : undefined;
    return {
      kind: promptKind(prompt),
      prompt,
      call: this.#asked({ modelType, prompt, system, json, maxTokens, sampling }),
    };
  }

  /** A call with what is known of whom it is made for. */
  #asked(call: ModelCall): DeskCall {
    const { runtime, settings } = this.#components;
    const text = textOfMessages(call.messages ?? promptMessages(call.prompt, call.system));
    return {
      ...call,
      modelType: call.modelType ?? ModelType.TEXT_LARGE,
      ...callContext(runtime, settings, text, call.signal),
    };
  }
}

/** The text of an answer, in the form that ElizaOS asked for. */
async function* shaped(
  shaper: AnswerShaper,
  written: AsyncGenerator<AnswerPiece, ModelAnswer>,
): AsyncGenerator<string, ModelAnswer> {
  try {
    for (;;) {
      const { done, value } = await written.next();
      const passed = done ? shaper.end() : value.type === 'text' ? shaper.push(value.text) : '';
      if (passed !== '') yield passed;
      if (done) return value;
    }
  } finally {
    // Also when the reader stops early: the call is then ended and settled.
    await written.return(undefined as never);
  }
}

function explain({ refusals, treasuryError }: ModelsExhausted): string {
  const passed = refusals.map(({ model, reason }) => `${model} ${reason}`).join('; ');
  return [passed, treasuryError?.message].filter(Boolean).join('; ');
}

function parseJson(text: string, model: string): unknown {
  const fenced = /```(?:json)?\s*([\s\S]*?)```/.exec(text)?.[1];
  try {
    return JSON.parse(fenced ?? text);
  } catch {
    throw new AnswerNotJsonError({ model });
  }
}
