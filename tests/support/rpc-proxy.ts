import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One call of CometBFT's JSON-RPC: the method, or for a query its path. */
export type RpcCall = string;

/**
 * Stands before a node's JSON-RPC and passes everything on. Whoever watches is told of each call
 * before it reaches the node, and again before the answer goes back.
 */
export class RpcProxy {
  readonly #server: Server;
  readonly #target: string;
  /** Whether a call is to be passed on; what is not gets no answer. */
  watch: (call: RpcCall, when: 'before' | 'after') => boolean = () => true;
  /** What goes back instead of an answer. */
  answer: (call: RpcCall, answer: string) => string = (_call, answer) => answer;

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((request, response) => {
      void text(request)
        .then(async (body) => (body === '' ? this.#read(request.url) : this.#pass(body)))
        .then(
          (answer) => response.setHeader('content-type', 'application/json').end(answer),
          () => response.destroy(),
        );
    });
  }

  static async start(target: string): Promise<RpcProxy> {
    const proxy = new RpcProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  // What is asked by its address alone is no call.
  async #read(path = '/'): Promise<string> {
    return (await fetch(new URL(path, this.#target))).text();
  }

  async #pass(body: string): Promise<string> {
    const { method, params } = JSON.parse(body) as { method: string; params?: { path?: string } };
    const call = params?.path ?? method;
    this.#ask(call, 'before');
    const response = await fetch(this.#target, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const answer = await response.text();
    this.#ask(call, 'after');
    return this.answer(call, answer);
  }

  #ask(call: RpcCall, when: 'before' | 'after'): void {
    if (!this.watch(call, when)) throw new Error(`${call} ends here.`);
  }
}
