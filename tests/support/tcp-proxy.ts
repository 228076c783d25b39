import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo, NetConnectOpts } from 'node:net';

/**
 * What becomes of connections. `pass`: all goes through. `blackhole`: nothing goes through and nobody is
 * told, as where packets are lost; what was sent arrives when it passes again. `cut`: open connections are
 * reset and new ones refused.
 */
export type Passing = 'pass' | 'blackhole' | 'cut';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/** Stands before a server on loopback and does to its connections what networks do. */
export class TcpProxy {
  readonly #server: Server;
  readonly #target: NetConnectOpts;
  readonly #pairs = new Set<Pair>();
  #passing: Passing = 'pass';

  private constructor(target: NetConnectOpts) {
    this.#target = target;
    this.#server = createServer({ pauseOnConnect: true }, (near) => this.#accept(near));
  }

  static async start(target: NetConnectOpts): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Has connections pass, or not, from now on. */
  set(passing: Passing): void {
    this.#passing = passing;
    for (const pair of this.#pairs) this.#apply(pair);
  }

  /** Resets what is open; new connections pass as before. */
  reset(): void {
    for (const { near } of this.#pairs) near.resetAndDestroy();
  }

  async stop(): Promise<void> {
    this.#passing = 'cut';
    this.reset();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(near: Socket): void {
    const far = connect({ ...this.#target, allowHalfOpen: false });
    const pair = { near, far };
    this.#pairs.add(pair);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => undefined);
      one.on('data', (bytes: Buffer) => other.write(bytes));
      one.once('close', () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
    }
    this.#apply(pair);
  }

  #apply({ near, far }: Pair): void {
    if (this.#passing === 'cut') {
      near.resetAndDestroy();
      return;
    }
    for (const socket of [near, far])
      if (this.#passing === 'pass') socket.resume();
      else socket.pause();
  }
}
