import type { IAgentRuntime, TextStreamResult } from '@elizaos/core';
import { getStreamingContext } from '@elizaos/core';
import { currentConversation, record, repeatsConfidential, type BaseError } from '@371os/kernel';
import { answerFor } from '../domain/eliza-response.ts';
import { promptKind, type PromptKind } from '../domain/prompt-kind.ts';
import { AnswerShaper, shapeAnswer } from '../domain/shape-answer.ts';
import { AnswerNotJsonError, LanguageModelNeededError, NoModelAnsweredError } from '../errors.ts';
import type { GatewaySettings } from '../settings.ts';
import { RULES_MODEL, type EmbeddedRules } from './embedded-rules.ts';
import { ModelsExhausted, type ModelCall, type ModelDesk, type StreamEnd } from './model-desk.ts';
import type { ModelRegistry } from './model-registry.ts';
import type { TextParameters } from './text-parameters.ts';

const NO_MODEL =
  'This needs a language model and none is configured: set OPENAI_API_KEY (or OPENAI_BASE_URL), or start Ollama on this machine; the task is kept and goes on by itself.';
const NO_LOCAL_MODEL =
  'This is confidential and no language model on this machine answers, so nothing was sent anywhere: start Ollama or LocalAI on this machine; the task is kept and goes on by itself.';
const ONLY_RULES =
  'I work by rules alone and none of them fits this: say it in other words, or type /help to see what I can do.';

interface AnswererComponents {
  readonly runtime: IAgentRuntime;
  readonly settings: GatewaySettings;
  readonly registry: ModelRegistry;
  readonly desk: ModelDesk;
  readonly rules: EmbeddedRules;
}

/** Answers ElizaOS's model calls: by a language model when one may and can, else by rules. */
export class Answerer {
  readonly #components: AnswererComponents;

  constructor(components: AnswererComponents) {
    this.#components = components;
  }

  /** A text, or a stream of it when `stream` is set. */
  async answerText(
    modelType: string,
    parameters: TextParameters,
  ): Promise<string | TextStreamResult> {
    const call = this.#call(modelType, parameters);
    const kind = promptKind(call.prompt);
    return parameters.stream ? streamResult(this.#stream(kind, call)) : this.#text(kind, call);
  }

  /** A JSON value. @throws AnswerNotJsonError, LanguageModelNeededError */
  async answerObject(modelType: string, parameters: TextParameters): Promise<unknown> {
    const call = this.#call(modelType, parameters);
    const schema =
      parameters.schema === undefined
        ? ''
        : `\nIts JSON schema: ${JSON.stringify(parameters.schema)}`;
    const prompt = `${call.prompt}\n\nAnswer with one JSON value and nothing else.${schema}`;
    return parseJson(await this.#text('other', { ...call, prompt, isJson: true }), modelType);
  }

  async #text(kind: PromptKind, call: ModelCall): Promise<string> {
    if (!this.#hasModel()) return this.#byRules(kind, call, undefined);
    try {
      return shapeAnswer(kind, await this.#components.desk.generate(call));
    } catch (error) {
      if (!(error instanceof ModelsExhausted)) throw error;
      return this.#byRules(kind, call, error);
    }
  }

  async *#stream(kind: PromptKind, call: ModelCall): AsyncGenerator<string, StreamEnd | undefined> {
    if (!this.#hasModel()) {
      yield this.#byRules(kind, call, undefined);
      return undefined;
    }
    const shaper = new AnswerShaper(kind);
    const written = this.#components.desk.stream(call);
    try {
      for (;;) {
        const { done, value } = await written.next();
        const passed = done ? shaper.end() : shaper.push(value);
        if (passed !== '') yield passed;
        if (done) return value;
      }
    } catch (error) {
      if (!(error instanceof ModelsExhausted)) throw error;
      yield this.#byRules(kind, call, error);
      return undefined;
    } finally {
      await written.return({ usage: { tokensIn: 0, tokensOut: 0 }, finishReason: undefined });
    }
  }

  #hasModel(): boolean {
    const { settings, registry } = this.#components;
    return !settings.ONLY_RULES && !registry.isEmpty;
  }

  #byRules(kind: PromptKind, call: ModelCall, exhausted: ModelsExhausted | undefined): string {
    const answer = this.#components.rules.answer(kind, call.prompt);
    if (answer === undefined) return this.#decline(kind, call, exhausted);
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
  #decline(kind: PromptKind, call: ModelCall, exhausted: ModelsExhausted | undefined): string {
    const { treasuryError } = exhausted ?? {};
    if (treasuryError && !call.isConfidential) return this.#overBudget(kind, call, treasuryError);
    if (exhausted && !call.isConfidential)
      throw new NoModelAnsweredError({ reasons: exhausted.refusals });
    if (this.#components.settings.ONLY_RULES) return inForm(kind, ONLY_RULES);
    const sentence = call.isConfidential ? NO_LOCAL_MODEL : NO_MODEL;
    record({
      kind: 'input-required',
      missing: 'language-model',
      sentence,
      agent: call.scopes.agent,
      isConfidential: call.isConfidential,
    });
    return inForm(kind, sentence);
  }

  #overBudget(kind: PromptKind, call: ModelCall, error: BaseError): string {
    record({
      kind: error.code === 'BUDGET_EXCEEDED' ? 'budget-exceeded' : 'treasury-refused',
      code: error.code,
      sentence: error.message,
      agent: call.scopes.agent,
    });
    const answer = answerFor(kind, 'The budget does not allow it.', error.message);
    if (answer === undefined) throw error;
    return answer;
  }

  #call(modelType: string, parameters: TextParameters): ModelCall {
    const { runtime, settings } = this.#components;
    const conversation = currentConversation();
    const { prompt } = parameters;
    const system = parameters.system ?? runtime.character.system;
    const signals = [conversation?.signal, getStreamingContext()?.abortSignal].filter(
      (signal) => signal !== undefined,
    );
    return {
      modelType,
      prompt,
      system,
      maxTokens: parameters.maxTokens,
      sampling: parameters.sampling,
      isJson: parameters.isJson,
      isConfidential:
        settings.CONFIDENTIAL ||
        conversation?.isConfidential === true ||
        repeatsConfidential(`${system ?? ''}\n${prompt}`),
      scopes: {
        agent: runtime.character.name,
        ...(conversation ? { user: conversation.principal.id } : {}),
        ...(conversation?.taskId === undefined ? {} : { task: conversation.taskId }),
      },
      signal: signals.length === 0 ? undefined : AbortSignal.any(signals),
    };
  }
}

function inForm(kind: PromptKind, sentence: string): string {
  const answer = answerFor(kind, 'No rule can do this.', sentence);
  if (answer === undefined) throw new LanguageModelNeededError({ sentence });
  return answer;
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

/** The shape in which ElizaOS reads a stream. It may read the text and nothing else. */
function streamResult(written: AsyncGenerator<string, StreamEnd | undefined>): TextStreamResult {
  const text = Promise.withResolvers<string>();
  const end = Promise.withResolvers<StreamEnd | undefined>();
  text.promise.catch(() => undefined);
  end.promise.catch(() => undefined);
  return {
    textStream: observe(written, text, end),
    text: text.promise,
    usage: end.promise.then((ended) => (ended ? tokenUsage(ended) : undefined)),
    finishReason: end.promise.then((ended) => ended?.finishReason),
  };
}

async function* observe(
  written: AsyncGenerator<string, StreamEnd | undefined>,
  text: PromiseWithResolvers<string>,
  end: PromiseWithResolvers<StreamEnd | undefined>,
): AsyncGenerator<string, void> {
  let whole = '';
  try {
    for (;;) {
      const { done, value } = await written.next();
      if (done) {
        end.resolve(value);
        return;
      }
      whole += value;
      yield value;
    }
  } catch (error) {
    text.reject(error);
    end.reject(error);
    throw error;
  } finally {
    // Also when the reader stops early: the call is then ended and settled.
    await written.return(undefined);
    text.resolve(whole);
    end.resolve(undefined);
  }
}

function tokenUsage({ usage: { tokensIn, tokensOut } }: StreamEnd): {
  promptTokens: number;
  completionTokens: number;
  totalTokens: number;
} {
  return { promptTokens: tokensIn, completionTokens: tokensOut, totalTokens: tokensIn + tokensOut };
}
