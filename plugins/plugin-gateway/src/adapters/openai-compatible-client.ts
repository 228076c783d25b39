import { ModelCallAbortedError, ModelCallError } from '../errors.ts';
import type { ChatAnswer, ChatClient, ChatEvent, ChatRequest, ReportedUsage } from '../ports.ts';
import { classifyFailure } from './classify-failure.ts';

/**
 * Speaks the OpenAI chat protocol through the AI SDK, once per call: retries and their cost are
 * the gateway's own affair. The SDK loads with the first call.
 */
export class OpenaiCompatibleClient implements ChatClient {
  async generate(request: ChatRequest): Promise<ChatAnswer> {
    const deadline = new Deadline(request);
    try {
      const { generateText } = await import('ai');
      const result = await generateText(await optionsOf(request, deadline.signal));
      return { text: result.text, usage: usageOf(result.usage), finishReason: result.finishReason };
    } catch (error) {
      throw deadline.explain(error);
    } finally {
      deadline.clear();
    }
  }

  async *stream(request: ChatRequest): AsyncGenerator<ChatEvent, void> {
    const deadline = new Deadline(request);
    try {
      const { streamText } = await import('ai');
      const result = streamText({
        ...(await optionsOf(request, deadline.signal)),
        // The SDK would print it to the console.
        onError: () => undefined,
      });
      for await (const part of result.stream) {
        deadline.restart();
        if (part.type === 'text-delta') yield { type: 'text', text: part.text };
        else if (part.type === 'error') throw deadline.explain(part.error);
        else if (part.type === 'abort') throw deadline.explain(new ModelCallAbortedError());
        else if (part.type === 'finish')
          yield { type: 'end', usage: usageOf(part.totalUsage), finishReason: part.finishReason };
      }
    } catch (error) {
      throw deadline.explain(error);
    } finally {
      // Also when the reader has gone: what nobody reads must not be written on and billed.
      deadline.stop();
    }
  }
}

/** Aborts a call that takes too long, and tells a time-out from an asker who has gone. */
class Deadline {
  readonly #request: ChatRequest;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout;
  #isLate = false;
  readonly signal: AbortSignal;

  constructor(request: ChatRequest) {
    this.#request = request;
    this.#timer = this.#start();
    const signals = [this.#controller.signal, ...(request.signal ? [request.signal] : [])];
    this.signal = AbortSignal.any(signals);
  }

  restart(): void {
    this.clear();
    this.#timer = this.#start();
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  stop(): void {
    this.clear();
    this.#controller.abort();
  }

  explain(error: unknown): Error {
    if (error instanceof ModelCallError || error instanceof ModelCallAbortedError) {
      if (!this.#isLate) return error;
    }
    if (this.#request.signal?.aborted) return new ModelCallAbortedError();
    if (this.#isLate) {
      const reason = `did not answer within ${this.#request.timeoutMs} ms`;
      return new ModelCallError({ failure: 'unknown', reason });
    }
    return classifyFailure(error);
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#isLate = true;
      this.#controller.abort();
    }, this.#request.timeoutMs);
  }
}

async function optionsOf(request: ChatRequest, signal: AbortSignal) {
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const { endpoint } = request;
  const provider = createOpenAICompatible({
    name: endpoint.provider,
    baseURL: endpoint.baseUrl,
    includeUsage: true,
    ...(endpoint.apiKey ? { apiKey: endpoint.apiKey } : {}),
    // A redirect would carry the key and the prompt to somewhere nobody chose.
    fetch: (input, init) => fetch(input, { ...init, redirect: 'error' }),
    transformRequestBody: (body) => bodyFor(request, body),
  });
  return {
    model: provider(request.model),
    ...(request.system ? { instructions: request.system } : {}),
    prompt: request.prompt,
    maxOutputTokens: request.maxTokens,
    ...given({ ...request.sampling, stopSequences: stopSequencesOf(request) }),
    maxRetries: 0,
    abortSignal: signal,
  };
}

const REASONS = /^(?:o\d|gpt-[5-9])/;

// OpenAI's own endpoint knows the limit by its new name only, and its reasoning models refuse
// sampling settings; other servers know the old name only.
function bodyFor(request: ChatRequest, body: Record<string, unknown>): Record<string, unknown> {
  const {
    max_tokens: limit,
    temperature,
    stop,
    top_p,
    frequency_penalty,
    presence_penalty,
    ...rest
  } = body;
  const isOpenai = new URL(request.endpoint.baseUrl).hostname === 'api.openai.com';
  const sampling =
    isOpenai && REASONS.test(request.model)
      ? {}
      : { temperature, stop, top_p, frequency_penalty, presence_penalty };
  return {
    ...rest,
    ...sampling,
    ...(isOpenai ? { max_completion_tokens: limit } : { max_tokens: limit }),
    ...(request.isJson ? { response_format: { type: 'json_object' } } : {}),
    ...request.body,
  };
}

function stopSequencesOf({ sampling }: ChatRequest): string[] | undefined {
  return sampling?.stopSequences?.length ? [...sampling.stopSequences] : undefined;
}

/** The fields that have a value. */
function given<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: NonNullable<Fields[Key]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]?: NonNullable<Fields[Key]>;
  };
}

function usageOf(usage: {
  inputTokens: number | undefined;
  outputTokens: number | undefined;
}): ReportedUsage {
  return { tokensIn: usage.inputTokens, tokensOut: usage.outputTokens };
}
