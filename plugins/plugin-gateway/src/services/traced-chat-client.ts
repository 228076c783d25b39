import { SpanKind, type Attributes } from '@opentelemetry/api';
import type { Clock } from '@371os/kernel';
import type { ToolCall } from '../domain/chat.ts';
import { answerContent, promptContent } from '../domain/span-content.ts';
import { ATTRIBUTE, SPAN } from '../domain/telemetry-names.ts';
import type {
  ChatAnswer,
  ChatClient,
  ChatEnd,
  ChatEvent,
  ChatRequest,
  Endpoint,
} from '../ports.ts';
import { traced, tracedStream } from './tracing.ts';

interface TracedChatClientInit {
  readonly client: ChatClient;
  readonly agent: string;
  /** Whether spans hold what was asked and answered; what is confidential they never hold. */
  readonly hasContent: boolean;
  readonly now: Clock;
}

/** Makes a chat span for each request to a model. */
export class TracedChatClient implements ChatClient {
  readonly #init: TracedChatClientInit;

  constructor(init: TracedChatClientInit) {
    this.#init = init;
  }

  generate(request: ChatRequest): Promise<ChatAnswer> {
    const span = this.#span(request, { isStream: false });
    const ended = (answer: ChatAnswer): Attributes => this.#answered(request, answer);
    return traced({ ...span, ended }, () => this.#init.client.generate(request));
  }

  stream(request: ChatRequest): AsyncGenerator<ChatEvent, void> {
    const heard = new HeardAnswer(this.#init.now);
    const ended = (): Attributes => ({
      ...this.#answered(request, heard),
      [ATTRIBUTE.timeToFirstChunk]: heard.secondsToFirst,
    });
    const span = this.#span(request, { isStream: true });
    return tracedStream({ ...span, ended }, () => heard.listen(this.#init.client.stream(request)));
  }

  #span(
    request: ChatRequest,
    { isStream }: { isStream: boolean },
  ): { name: string; kind: SpanKind; attributes: Attributes } {
    const { endpoint, model, sampling } = request;
    return {
      name: `${SPAN.chat} ${model}`,
      kind: SpanKind.CLIENT,
      attributes: {
        [ATTRIBUTE.operation]: SPAN.chat,
        [ATTRIBUTE.provider]: endpoint.provider,
        [ATTRIBUTE.requestModel]: model,
        [ATTRIBUTE.agent]: this.#init.agent,
        [ATTRIBUTE.stream]: isStream,
        [ATTRIBUTE.outputType]: request.json ? 'json' : undefined,
        [ATTRIBUTE.maxTokens]: request.maxTokens,
        [ATTRIBUTE.temperature]: sampling?.temperature,
        [ATTRIBUTE.topP]: sampling?.topP,
        [ATTRIBUTE.frequencyPenalty]: sampling?.frequencyPenalty,
        [ATTRIBUTE.presencePenalty]: sampling?.presencePenalty,
        [ATTRIBUTE.seed]: sampling?.seed,
        ...serverOf(endpoint),
        [ATTRIBUTE.inputMessages]: this.#shows(request)
          ? promptContent(request.messages)
          : undefined,
      },
    };
  }

  #answered(request: ChatRequest, answer: ChatAnswer): Attributes {
    return {
      [ATTRIBUTE.responseModel]: answer.servedModel,
      [ATTRIBUTE.finishReasons]: [answer.finishReason],
      [ATTRIBUTE.tokensIn]: answer.usage.tokensIn,
      [ATTRIBUTE.tokensOut]: answer.usage.tokensOut,
      [ATTRIBUTE.outputMessages]: this.#shows(request) ? answerContent(answer) : undefined,
    };
  }

  #shows({ isConfidential }: ChatRequest): boolean {
    return this.#init.hasContent && !isConfidential;
  }
}

/** Passes the pieces of an answer on and keeps what a span says of it at its end. */
class HeardAnswer implements ChatAnswer {
  readonly #now: Clock;
  readonly #startedAt: number;
  #end: ChatEnd = { usage: {}, finishReason: 'other' };
  text = '';
  readonly toolCalls: ToolCall[] = [];
  secondsToFirst: number | undefined;

  constructor(now: Clock) {
    this.#now = now;
    this.#startedAt = now();
  }

  async *listen(events: AsyncGenerator<ChatEvent, void>): AsyncGenerator<ChatEvent, void> {
    for await (const event of events) {
      if (event.type === 'end') this.#end = event;
      else {
        this.secondsToFirst ??= (this.#now() - this.#startedAt) / 1_000;
        if (event.type === 'text') this.text += event.text;
        else if (event.type === 'tool-call') this.toolCalls.push(event.toolCall);
      }
      yield event;
    }
  }

  get usage(): ChatEnd['usage'] {
    return this.#end.usage;
  }

  get finishReason(): ChatEnd['finishReason'] {
    return this.#end.finishReason;
  }

  get servedModel(): string | undefined {
    return this.#end.servedModel;
  }
}

// A model in a file has no server.
function serverOf({ baseUrl }: Endpoint): Attributes {
  if (!URL.canParse(baseUrl)) return {};
  const { hostname, port, protocol } = new URL(baseUrl);
  return {
    [ATTRIBUTE.serverAddress]: hostname,
    [ATTRIBUTE.serverPort]: Number(port || (protocol === 'https:' ? 443 : 80)),
  };
}
