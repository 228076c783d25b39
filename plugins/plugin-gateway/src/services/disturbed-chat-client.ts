import type { DisturbanceKind, Disturbances } from '@371os/kernel';
import type { ChatAnswer, ChatClient, ChatEvent, ChatRequest } from '../ports.ts';

export interface DisturbedChatClientInit {
  readonly client: ChatClient;
  readonly disturbances: Disturbances;
  /** Where a request is sent instead: nobody answers there. */
  readonly deadEnd: (kind: DisturbanceKind) => Promise<string>;
}

/**
 * Sends requests to a provider that a drill disturbs to where nobody answers. All else is as in an
 * outage: the client's own time-outs and errors, the breakers and the fallback. No provider sees them.
 */
export class DisturbedChatClient implements ChatClient {
  readonly #init: DisturbedChatClientInit;

  constructor(init: DisturbedChatClientInit) {
    this.#init = init;
  }

  async generate(request: ChatRequest): Promise<ChatAnswer> {
    return this.#init.client.generate(await this.#led(request));
  }

  async *stream(request: ChatRequest): AsyncGenerator<ChatEvent, void> {
    yield* this.#init.client.stream(await this.#led(request));
  }

  async #led(request: ChatRequest): Promise<ChatRequest> {
    const { endpoint } = request;
    const kind = this.#init.disturbances.of(endpoint.provider);
    // A model in a file has no way to it that could be cut.
    if (kind === undefined || endpoint.api === 'gguf') return request;
    const baseUrl = await this.#init.deadEnd(kind);
    return { ...request, endpoint: { ...endpoint, baseUrl, apiKey: undefined } };
  }
}
