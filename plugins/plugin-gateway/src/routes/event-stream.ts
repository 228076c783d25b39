import { once } from 'node:events';
import type { RouteResponse } from '@elizaos/core';
import { InvalidRequestError } from '@371os/kernel';

/** What Express's response offers beyond ElizaOS's narrow type. */
interface NodeResponse extends RouteResponse, NodeJS.EventEmitter {
  write(chunk: string): boolean;
  setTimeout(timeoutMs: number): void;
  destroy(): void;
  readonly writableEnded: boolean;
}

// A reader that takes nothing for so long has gone, whatever its connection says.
const READER_TIMEOUT_MS = 30_000;

/** Aborts when the asker goes before the answer is complete. */
export function departureSignal(response: RouteResponse): AbortSignal {
  const departure = new AbortController();
  const connection = nodeResponse(response);
  // ElizaOS's server would end a connection that is silent for 30 s; models think for longer.
  connection.setTimeout(0);
  connection.on('close', () => {
    if (!connection.writableEnded) departure.abort();
  });
  return departure.signal;
}

/** Server-sent events, as OpenAI writes them. */
export class EventStream {
  readonly #response: NodeResponse;
  readonly #departure: AbortSignal;

  constructor(response: RouteResponse, departure: AbortSignal) {
    this.#response = nodeResponse(response);
    this.#departure = departure;
    response.setHeader?.('Content-Type', 'text/event-stream; charset=utf-8');
    response.setHeader?.('Cache-Control', 'no-store');
  }

  /** Sends an event, and waits while the reader is slow. @throws when it has gone */
  async send(data: object | '[DONE]'): Promise<void> {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    if (this.#response.write(`data: ${text}\n\n`)) return;
    const signal = AbortSignal.any([this.#departure, AbortSignal.timeout(READER_TIMEOUT_MS)]);
    try {
      await once(this.#response, 'drain', { signal });
    } catch (error) {
      this.#response.destroy();
      throw error;
    }
  }

  end(): void {
    this.#response.end();
  }
}

function nodeResponse(response: RouteResponse): NodeResponse {
  if ('write' in response && 'setTimeout' in response) return response as NodeResponse;
  throw new InvalidRequestError({ problem: 'this server cannot stream' });
}
