import { availableParallelism } from 'node:os';
import { logger } from '@elizaos/core';
import type * as LlamaPackage from 'node-llama-cpp';
import type {
  ChatHistoryItem,
  Llama,
  LlamaChat,
  LlamaContext,
  LlamaContextSequence,
  LlamaGrammar,
  LlamaModel,
} from 'node-llama-cpp';
import type { JsonFormat } from '../domain/chat.ts';
import { ModelCallError } from '../errors.ts';
import type { ChatEnd, ChatRequest } from '../ports.ts';
import { chatHistory } from './gguf-prompt.ts';

const PACKAGE = 'node-llama-cpp@3.22.1';
const SHORTEST_ANSWER_TOKENS = 16;
// At 0, which is the library's own, a small model soon repeats one sentence for ever.
const TEMPERATURE = 0.7;
const NEEDS_SOMEBODY = { kind: 'long' } as const;
const OWN_FAULT = { kind: 'none' } as const;

type Written = Omit<ChatRequest, 'endpoint'>;

interface Loaded {
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  readonly sequence: LlamaContextSequence;
  readonly Chat: typeof LlamaChat;
}

/**
 * A model file that is computed on the processors of this machine, one answer at a time. It is loaded
 * by the first call.
 */
export class GgufModel {
  readonly #path: string;
  readonly #contextTokens: number;
  readonly #stopped = new AbortController();
  #loading: Promise<Loaded> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** @param init the file, and the longest prompt and answer together, in tokens */
  constructor(init: { path: string; contextTokens: number }) {
    this.#path = init.path;
    this.#contextTokens = init.contextTokens;
  }

  /**
   * Answers once those who came before have been answered; the text comes piece by piece.
   * @throws ModelCallError, or what the signal was aborted with
   */
  async write(
    request: Written,
    signal: AbortSignal,
    onText: (text: string) => void,
  ): Promise<ChatEnd> {
    const either = AbortSignal.any([signal, this.#stopped.signal]);
    const answer = this.#last.then(async () => {
      either.throwIfAborted();
      return this.#generate(await this.#load(), request, either, onText);
    });
    this.#last = answer.catch(() => undefined);
    return untilAborted(answer, either);
  }

  /** Ends what is being written and gives the memory back. */
  async stop(): Promise<void> {
    this.#stopped.abort(stoppedError());
    await this.#last;
    const loaded = await this.#loading?.catch(() => undefined);
    this.#loading = undefined;
    await loaded?.llama.dispose();
  }

  #load(): Promise<Loaded> {
    this.#loading ??= this.#open().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #open(): Promise<Loaded> {
    const { getLlama, LlamaChat: Chat } = await importPackage();
    const llama = await getLlama({
      // Who has a graphics card is better served by a model server, which the gateway finds.
      gpu: false,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      maxThreads: threads(),
      logger: (level, message) => logger.debug({ src: 'gateway:gguf', level }, message),
    }).catch((cause: unknown) => {
      throw cannot('be run: node-llama-cpp has no binary for this system', cause);
    });
    try {
      const model = await llama.loadModel({ modelPath: this.#path });
      const contextSize = Math.min(this.#contextTokens, model.trainContextSize);
      const context = await model.createContext({ contextSize, sequences: 1 });
      return { llama, model, context, sequence: context.getSequence(), Chat };
    } catch (cause) {
      await llama.dispose();
      throw cannot(
        `be loaded from ${this.#path}: the file is damaged, of a kind that is not known, or too large for the memory`,
        cause,
      );
    }
  }

  async #generate(
    { llama, model, context, sequence, Chat }: Loaded,
    request: Written,
    signal: AbortSignal,
    onText: (text: string) => void,
  ): Promise<ChatEnd> {
    const chat = new Chat({ contextSequence: sequence, autoDisposeSequence: false });
    try {
      const history = chatHistory(request.messages);
      const tokensIn = countTokens(chat, model, history);
      const before = sequence.tokenMeter.usedOutputTokens;
      const { metadata } = await chat.generateResponse(history, {
        ...samplingOf(request),
        ...(request.json ? { grammar: await grammarFor(llama, request.json) } : {}),
        maxTokens: answerLimit(context.contextSize - tokensIn, request.maxTokens),
        signal,
        onTextChunk: onText,
      });
      return {
        usage: { tokensIn, tokensOut: sequence.tokenMeter.usedOutputTokens - before },
        finishReason: metadata.stopReason === 'maxTokens' ? 'length' : 'stop',
      };
    } finally {
      chat.dispose();
    }
  }
}

// A thread for each processor leaves none for the rest of the company, and the threads then wait for
// each other: 5 s instead of 0.03 s for a token on two busy processors (measured 2026-11-22).
function threads(): number {
  return Math.max(1, availableParallelism() - 1);
}

async function importPackage(): Promise<typeof LlamaPackage> {
  try {
    return await import('node-llama-cpp');
  } catch (cause) {
    throw cannot(
      `be run without the package node-llama-cpp: install it with "npm install --no-save ${PACKAGE}" and start again`,
      cause,
    );
  }
}

export function stoppedError(): ModelCallError {
  return new ModelCallError({
    failure: 'not-sent',
    reason: 'was stopped with its agent',
    rest: OWN_FAULT,
  });
}

function cannot(what: string, cause: unknown): ModelCallError {
  logger.warn({ src: 'gateway:gguf', error: cause }, `the model file cannot ${what}`);
  return new ModelCallError({
    failure: 'not-sent',
    reason: `cannot ${what}`,
    rest: NEEDS_SOMEBODY,
  });
}

function countTokens(
  { chatWrapper }: LlamaChat,
  { tokenizer }: LlamaModel,
  chat: readonly ChatHistoryItem[],
): number {
  const { contextText } = chatWrapper.generateContextState({ chatHistory: chat });
  return contextText.tokenize(tokenizer, 'trimLeadingSpace').length;
}

// The library would drop the beginning of what does not fit, and say nothing.
function answerLimit(leftTokens: number, maxTokens: number): number {
  if (leftTokens >= Math.min(maxTokens, SHORTEST_ANSWER_TOKENS))
    return Math.min(leftTokens, maxTokens);
  throw new ModelCallError({
    failure: 'not-sent',
    reason: 'has no room for this prompt (see GGUF_CONTEXT_TOKENS)',
    rest: OWN_FAULT,
  });
}

async function grammarFor(llama: Llama, { schema }: JsonFormat): Promise<LlamaGrammar> {
  try {
    if (schema) return await llama.createGrammarForJsonSchema(schema);
  } catch (error) {
    // It knows a part of JSON schema only; what is asked for in the prompt still holds.
    logger.debug({ src: 'gateway:gguf', error }, 'a JSON schema was not understood');
  }
  return llama.getGrammarFor('json');
}

function samplingOf({ sampling = {} }: Written): {
  temperature: number;
  topP?: number;
  seed?: number;
  customStopTriggers?: readonly string[];
  repeatPenalty?: { frequencyPenalty?: number; presencePenalty?: number };
} {
  const { temperature = TEMPERATURE, topP, seed, stopSequences } = sampling;
  const { frequencyPenalty, presencePenalty } = sampling;
  return {
    temperature,
    ...(topP === undefined ? {} : { topP }),
    ...(seed === undefined ? {} : { seed }),
    ...(stopSequences?.length ? { customStopTriggers: stopSequences } : {}),
    repeatPenalty: {
      ...(frequencyPenalty === undefined ? {} : { frequencyPenalty }),
      ...(presencePenalty === undefined ? {} : { presencePenalty }),
    },
  };
}

async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
