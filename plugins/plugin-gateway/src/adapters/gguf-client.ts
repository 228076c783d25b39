import { EventEmitter, on } from 'node:events';
import { processWide } from '@371os/kernel';
import type {
  ChatAnswer,
  ChatClient,
  ChatEnd,
  ChatEvent,
  ChatRequest,
  Endpoint,
} from '../ports.ts';
import { Deadline } from './deadline.ts';
import { GgufModel, stoppedError } from './gguf-model.ts';

// All agents of a process share what is loaded: a model takes as much memory as its file, and more.
interface Shared {
  readonly models: Map<string, GgufModel>;
  users: number;
}

function shared(): Shared {
  return processWide('gguf-models', () => ({ models: new Map(), users: 0 }));
}

/** Has a GGUF file answer, in this process. A file is loaded by the first call. */
export class GgufClient implements ChatClient {
  #isOpen = true;

  constructor() {
    shared().users += 1;
  }

  async generate(request: ChatRequest): Promise<ChatAnswer> {
    const deadline = new Deadline(request);
    let text = '';
    try {
      const end = await this.#write(request, deadline, (piece) => {
        text += piece;
      });
      return { text, toolCalls: [], ...end };
    } catch (error) {
      throw deadline.explain(error);
    } finally {
      deadline.stop();
    }
  }

  async *stream(request: ChatRequest): AsyncGenerator<ChatEvent, void> {
    const deadline = new Deadline(request);
    const pieces = new EventEmitter();
    const end = this.#write(request, deadline, (piece) => {
      deadline.restart();
      pieces.emit('text', piece);
    }).finally(() => pieces.emit('end'));
    end.catch(() => undefined);
    try {
      const written = on(pieces, 'text', { close: ['end'] }) as AsyncIterable<[string]>;
      for await (const [text] of written) yield { type: 'text', text };
      yield { type: 'end', ...(await end) };
    } catch (error) {
      throw deadline.explain(error);
    } finally {
      // Also when the reader has gone: nothing more is then written.
      deadline.stop();
    }
  }

  /** Gives the memory back once nobody else uses it. */
  async stop(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { models } = shared();
    shared().users -= 1;
    if (shared().users > 0) return;
    const unused = [...models.values()];
    models.clear();
    await Promise.all(unused.map((model) => model.stop()));
  }

  async #write(
    { endpoint, ...request }: ChatRequest,
    { signal }: Deadline,
    onText: (text: string) => void,
  ): Promise<ChatEnd> {
    if (!this.#isOpen) throw stoppedError();
    return modelOf(endpoint).write(request, signal, onText);
  }
}

function modelOf({ baseUrl: path, contextTokens = 0 }: Endpoint): GgufModel {
  const { models } = shared();
  const key = JSON.stringify([path, contextTokens]);
  const model = models.get(key) ?? new GgufModel({ path, contextTokens });
  models.set(key, model);
  return model;
}
