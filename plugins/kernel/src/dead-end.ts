import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What becomes of whoever connects: nothing at all, or the connection is broken off. */
export type DeadEndKind = 'silent' | 'gone';

/** An address of this machine where no server answers. It keeps no process running. */
export class DeadEnd {
  readonly #kind: DeadEndKind;
  #listening: Promise<Server> | undefined;

  constructor(kind: DeadEndKind) {
    this.#kind = kind;
  }

  /** Its http address; it is opened for the first who asks. */
  async url(): Promise<string> {
    this.#listening ??= this.#listen();
    const { port } = (await this.#listening).address() as AddressInfo;
    return `http://127.0.0.1:${String(port)}`;
  }

  async #listen(): Promise<Server> {
    const server = createServer((socket) => {
      this.#receive(socket);
    }).unref();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  }

  #receive(socket: Socket): void {
    // The caller's time-out, or its leaving, ends what is silent.
    socket.unref().on('error', () => undefined);
    if (this.#kind === 'gone') socket.resetAndDestroy();
    else socket.resume();
  }
}
