import { ModelCallError } from '../errors.ts';
import type { Api, ChatAnswer, ChatClient, ChatEvent, ChatRequest } from '../ports.ts';

/** Passes each request to the client that speaks what its endpoint does. */
export class ClientByApi implements ChatClient {
  readonly #clients: Readonly<Partial<Record<Api, ChatClient>>>;

  constructor(clients: Readonly<Partial<Record<Api, ChatClient>>>) {
    this.#clients = clients;
  }

  async generate(request: ChatRequest): Promise<ChatAnswer> {
    return this.#clientOf(request).generate(request);
  }

  async *stream(request: ChatRequest): AsyncGenerator<ChatEvent, void> {
    yield* this.#clientOf(request).stream(request);
  }

  #clientOf({ endpoint }: ChatRequest): ChatClient {
    const client = this.#clients[endpoint.api];
    if (client) return client;
    throw new ModelCallError({
      failure: 'not-sent',
      reason: `speaks ${endpoint.api}, which nothing here does`,
    });
  }
}
