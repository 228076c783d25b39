import type { ChatAnswer, ChatClient, ChatEvent, ChatRequest } from '../ports.ts';
import type { CallMetrics, RequestWatch } from './call-metrics.ts';
import { errorTypeOf } from './tracing.ts';

/** Measures each request to a model. */
export class MeteredChatClient implements ChatClient {
  readonly #client: ChatClient;
  readonly #metrics: CallMetrics;

  constructor(client: ChatClient, metrics: CallMetrics) {
    this.#client = client;
    this.#metrics = metrics;
  }

  async generate(request: ChatRequest): Promise<ChatAnswer> {
    const watch = this.#watch(request);
    try {
      const answer = await this.#client.generate(request);
      watch.end();
      return answer;
    } catch (error) {
      watch.end(errorTypeOf(error));
      throw error;
    }
  }

  async *stream(request: ChatRequest): AsyncGenerator<ChatEvent, void> {
    const watch = this.#watch(request);
    let outcome: string | undefined = 'abandoned';
    try {
      for await (const event of this.#client.stream(request)) {
        watch.begin();
        yield event;
      }
      outcome = undefined;
    } catch (error) {
      outcome = errorTypeOf(error);
      throw error;
    } finally {
      watch.end(outcome);
    }
  }

  #watch({ endpoint, model }: ChatRequest): RequestWatch {
    return this.#metrics.watch({ provider: endpoint.provider, model });
  }
}
