import type { IncomingMessage, ServerResponse } from 'node:http';
import { withinTime } from '@371os/kernel';
import { checksOwnTokens } from './coordination-path.ts';
import { StillAnsweringError } from './errors.ts';
import { sendJson, type Middleware } from './http-guard.ts';

const RETRY_AFTER_S = '30';

/** Lets requests that ask for work through until it is closed; what only reads passes all the same. */
export class RequestGate {
  readonly #answering = new Set<ServerResponse>();
  #isClosed = false;
  #idle: (() => void) | undefined;

  readonly middleware: Middleware = (request, response, next) => {
    if (!asksForWork(request)) return next();
    if (this.#isClosed) return turnAway(response);
    this.#answering.add(response);
    response.once('close', () => {
      this.#answering.delete(response);
      if (this.#answering.size === 0) this.#idle?.();
    });
    return next();
  };

  /**
   * Lets no more in.
   * @returns once what was let in has been answered
   * @throws StillAnsweringError when that takes longer than `timeoutMs`
   */
  async close(timeoutMs: number): Promise<void> {
    this.#isClosed = true;
    if (this.#answering.size === 0) return;
    const idle = new Promise<void>((resolve) => (this.#idle = resolve));
    await withinTime(idle, timeoutMs, () => {
      return new StillAnsweringError({ requests: this.#answering.size });
    });
  }
}

function asksForWork({ method, url = '', headers }: IncomingMessage): boolean {
  // Over MCP whoever only listens says so with a POST, which is answered as long as they listen.
  if (checksOwnTokens(url) && headers['mcp-method'] === 'subscriptions/listen') return false;
  return method !== 'GET' && method !== 'HEAD';
}

function turnAway(response: ServerResponse): void {
  response.setHeader('Retry-After', RETRY_AFTER_S);
  sendJson(response, 503, {
    error: { code: 'DRAINING', message: 'This server is about to end: ask again in a while.' },
  });
}
