import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { PortTakenError } from '../../errors/context.ts';

export interface LoopbackListenerInit {
  readonly port: number;
  /** The setting that the port is from. */
  readonly setting: string;
  /** Web sites that may ask beside programs. */
  readonly origins: readonly string[];
  readonly answer?:
    ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | undefined;
  readonly upgrade?: ((request: IncomingMessage, socket: Duplex, head: Buffer) => void) | undefined;
  readonly log: (problem: string, error: unknown) => void;
}

const MOST_CONNECTIONS = 128;
const REQUEST_MS = 15_000;
// Closing an idle connection just as a busy program takes it up again would fail its request.
const KEEP_ALIVE_MS = 65_000;

/** A server of 127.0.0.1 that answers under no other name, and no web site that is not allowed. */
export class LoopbackListener {
  readonly #init: LoopbackListenerInit;
  readonly #server: Server;

  constructor(init: LoopbackListenerInit) {
    this.#init = init;
    this.#server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS });
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS;
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#server.on('request', (request, response) => {
      this.#take(request, response).catch((error: unknown) => {
        this.#init.log('a request was not answered', error);
        response.destroy();
      });
    });
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      // Who goes away in the middle must not end the process.
      socket.on('error', () => socket.destroy());
      if (!this.#init.upgrade || !this.#isAllowed(request)) socket.end(REFUSED);
      else this.#init.upgrade(request, socket, head);
    });
  }

  /** @throws PortTakenError */
  async open(): Promise<number> {
    const { port, setting } = this.#init;
    this.#server.listen(port, '127.0.0.1');
    try {
      await once(this.#server, 'listening');
    } catch (error) {
      throw new PortTakenError({ port, setting, cause: error });
    }
    this.#server.unref();
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin } = request.headers;
    if (!this.#isAllowed(request)) {
      response.writeHead(403, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
      response.end(FORBIDDEN);
      return;
    }
    if (origin !== undefined) {
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader(
        'Access-Control-Allow-Headers',
        'Authorization, Content-Type, If-None-Match',
      );
      response.setHeader('Access-Control-Expose-Headers', 'ETag, Age');
      response.setHeader('Vary', 'Origin');
    }
    if (request.method === 'OPTIONS' && origin !== undefined)
      response.writeHead(204, { 'Access-Control-Allow-Methods': 'GET, HEAD' }).end();
    else if (this.#init.answer) await this.#init.answer(request, response);
    else response.writeHead(404, { 'Content-Type': 'application/json' }).end(NOTHING_HERE);
  }

  // A name that somebody has led to this machine is not ours.
  #isAllowed({ headers: { host = '', origin } }: IncomingMessage): boolean {
    const { port } = this.#server.address() as AddressInfo;
    const isOurs = ['localhost', '127.0.0.1', '[::1]'].some(
      (name) => host.toLowerCase() === `${name}:${String(port)}`,
    );
    return isOurs && (origin === undefined || this.#init.origins.includes(origin));
  }
}

const REFUSED = 'HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
const FORBIDDEN = JSON.stringify({
  error: {
    code: 'FORBIDDEN',
    message:
      'Not allowed: ask as localhost, and from a web site only when COORDINATION_BRIDGE_ORIGINS names it.',
  },
});
const NOTHING_HERE = JSON.stringify({
  error: { code: 'NOT_FOUND', message: 'There is nothing here.' },
});
