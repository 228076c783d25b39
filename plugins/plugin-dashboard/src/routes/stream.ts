import type { RouteResponse } from '@elizaos/core';
import { InvalidRequestError } from '@371os/kernel';

/** What Node's response offers beyond ElizaOS's narrow type. */
interface StreamResponse extends RouteResponse {
  write(chunk: string): boolean;
  on(event: 'close', listener: () => void): void;
}

const KEEP_ALIVE_MS = 10_000;

/** Server-sent events on a response. */
export class EventStream {
  readonly #response: StreamResponse;
  readonly #keepAlive: NodeJS.Timeout;
  readonly #timers: NodeJS.Timeout[] = [];

  /** @throws InvalidRequestError where the server cannot stream */
  constructor(response: RouteResponse) {
    if (!isStream(response))
      throw new InvalidRequestError({ problem: 'this server cannot stream' });
    this.#response = response;
    response.setHeader?.('Content-Type', 'text/event-stream; charset=utf-8');
    response.setHeader?.('Cache-Control', 'no-store');
    response.setHeader?.('X-Accel-Buffering', 'no');
    response.write(': watching\n\n');
    // ElizaOS's server ends a connection that is silent for 30 s.
    this.#keepAlive = setInterval(() => response.write(': watching\n\n'), KEEP_ALIVE_MS);
  }

  /** @param json on one line, as JSON.stringify makes it */
  send(event: string, json: string): void {
    this.#response.write(`event: ${event}\ndata: ${json}\n\n`);
  }

  /** Ends it at a moment, in milliseconds since 1970. */
  endAt(moment: number, nowMs: number): void {
    // A timer holds no more than 24 days; a session lasts a week at most.
    this.#timers.push(setTimeout(() => this.end(), Math.max(0, moment - nowMs)).unref());
  }

  end(): void {
    this.#response.end();
  }

  /** Calls back once, when it has ended, whoever ended it. */
  onEnd(listener: () => void): void {
    this.#response.on('close', () => {
      clearInterval(this.#keepAlive);
      for (const timer of this.#timers) clearTimeout(timer);
      listener();
    });
  }
}

function isStream(response: RouteResponse): response is StreamResponse {
  return 'write' in response && 'on' in response;
}
