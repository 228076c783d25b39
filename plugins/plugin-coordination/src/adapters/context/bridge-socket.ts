import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { BridgeEvent } from '../../domain/context/bridge-message.ts';
import type { Access } from '../../domain/access/access.ts';

/** What a connection is handed to. */
export interface BridgeDoor {
  join(peer: { readonly access: Access; send(event: BridgeEvent): void }): {
    hear(text: string): Promise<void>;
    leave(): void;
  };
}

export interface BridgeSocketInit {
  readonly path: string;
  /** Who asks, by the request's token. @throws whatever refuses them */
  readonly authenticate: (request: IncomingMessage) => Access;
  readonly door: BridgeDoor;
  readonly heartbeatMs?: number;
}

const MOST_BYTES = 1_048_576;
const MOST_UNSENT_BYTES = 8 * MOST_BYTES;
const MOST_SOCKETS = 64;
const HEARTBEAT_MS = 30_000;
// Browsers can send a token in no other way.
const TOKEN_PROTOCOL = 'bearer.';
const PROTOCOL = 'agent-bridge';

/** The bridge over WebSockets: with a token, messages of at most 1 MiB, and a sign of life every 30 s. */
export class BridgeSocket {
  readonly #init: BridgeSocketInit;
  readonly #server: WebSocketServer;
  readonly #silent = new WeakSet<WebSocket>();
  readonly #heartbeat: NodeJS.Timeout;

  constructor(init: BridgeSocketInit) {
    this.#init = init;
    this.#server = new WebSocketServer({
      ...{ noServer: true, maxPayload: MOST_BYTES, perMessageDeflate: false },
      handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
    });
    this.#heartbeat = setInterval(() => {
      this.#beat();
    }, init.heartbeatMs ?? HEARTBEAT_MS).unref();
  }

  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = (request.url ?? '').replace(/\?.*$/, '');
    if (path !== this.#init.path) return refuse(socket, '404 Not Found');
    if (this.#server.clients.size >= MOST_SOCKETS) return refuse(socket, '503 Service Unavailable');
    let access: Access;
    try {
      access = this.#init.authenticate(withToken(request));
    } catch {
      return refuse(socket, '401 Unauthorized');
    }
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      this.#open(opened, access);
    });
  };

  close(): void {
    clearInterval(this.#heartbeat);
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
  }

  #open(socket: WebSocket, access: Access): void {
    const send = (event: BridgeEvent): void => {
      if (socket.readyState !== socket.OPEN) return;
      // Who does not read what they are told is not waited for.
      if (socket.bufferedAmount > MOST_UNSENT_BYTES) socket.terminate();
      else socket.send(JSON.stringify(event));
    };
    const guest = this.#init.door.join({ access, send });
    socket.on('pong', () => this.#silent.delete(socket));
    socket.on('message', (data, isBinary) => {
      void guest.hear(isBinary ? '' : textOf(data));
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      guest.leave();
    });
  }

  #beat(): void {
    for (const socket of this.#server.clients) {
      if (this.#silent.has(socket)) socket.terminate();
      this.#silent.add(socket);
      if (socket.readyState === socket.OPEN) socket.ping();
    }
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return Buffer.from(data as Buffer).toString();
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function withToken(request: IncomingMessage): IncomingMessage {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(/,\s*/);
  const token = offered.find((one) => one.startsWith(TOKEN_PROTOCOL));
  if (token !== undefined && request.headers.authorization === undefined)
    request.headers.authorization = `Bearer ${token.slice(TOKEN_PROTOCOL.length)}`;
  return request;
}
