import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import { BodyTooLargeError } from '../errors.ts';

export const LOOPBACK = '127.0.0.1';
const MAXIMUM_BODY_BYTES = 2 * 1024 * 1024;
const connections = new WeakMap<Server, Set<Socket>>();

/**
 * Listens on 127.0.0.1, on the wanted port or, when somebody has it, on another one. A wanted port
 * of 0 is any.
 * @returns the port
 */
export async function listen(server: Server, wantedPort: number): Promise<number> {
  keepTrack(server);
  try {
    await listenOn(server, wantedPort);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    await listenOn(server, 0);
  }
  return (server.address() as AddressInfo).port;
}

/** Ends a server and every connection that it has. */
export async function endServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  for (const socket of connections.get(server) ?? []) socket.destroy();
  await closed;
}

/** The body of a request. @throws BodyTooLargeError */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAXIMUM_BODY_BYTES) throw new BodyTooLargeError({ limit: MAXIMUM_BODY_BYTES });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function keepTrack(server: Server): void {
  const sockets = new Set<Socket>();
  connections.set(server, sockets);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
}

async function listenOn(server: Server, port: number): Promise<void> {
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(port, LOOPBACK, () => {
      server.off('error', fail);
      done();
    });
  });
}
