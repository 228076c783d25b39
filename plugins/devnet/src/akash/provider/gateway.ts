import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import type { Clock } from '@371os/kernel';
import { WebSocketServer, type WebSocket } from 'ws';
import type { ChainState } from '../chain/chain-state.ts';
import { endServer, listen, readBody } from '../loopback-server.ts';
import type { CertificatePair } from './certificate.ts';
import { GatewayError } from './errors.ts';
import { accessOf, isPublished, type Purpose } from './gateway-access.ts';
import type { Feed } from './lease-journal.ts';
import type { Workload } from './workload.ts';

/** The name that clients reach a gateway by when they trust its certificate authority. */
export const GATEWAY_HOST = 'localhost';

const LEASE_NOT_FOUND = 4001;
const PING_MS = 10_000;
const SHELL_RESULT = 102;

/** Certificates of a gateway: for clients that ask by its name, and for all others. */
export interface GatewayCertificates {
  readonly host: CertificatePair;
  readonly account: CertificatePair;
}

/** What a gateway knows of the leases of its provider. */
export interface LeaseDesk {
  /** @throws GatewayError */
  submitManifest(owner: string, dseq: string, body: string): Promise<void>;
  manifest(owner: string, lease: LeasePath): string | undefined;
  workload(owner: string, lease: LeasePath): Workload | undefined;
  status(): object;
}

export interface LeasePath {
  readonly dseq: string;
  readonly gseq: number;
  readonly oseq: number;
}

export interface GatewayInit {
  /** Of the provider. */
  readonly address: string;
  readonly state: ChainState;
  readonly desk: LeaseDesk;
  readonly clock: Clock;
  readonly certificates: () => GatewayCertificates;
  /** Whether this request is to fail as if the provider had trouble. */
  readonly isTroubled: () => boolean;
}

/**
 * A provider's gateway, over TLS 1.3. To a client that asks for it by its host name it shows a
 * certificate of the devnet's authority, and takes tokens only; to all others the one that it has
 * published on the chain, and takes a client's certificate too.
 */
export class Gateway {
  readonly #init: GatewayInit;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });

  constructor(init: GatewayInit) {
    this.#init = init;
    this.#server = createServer({
      ...contextOf(init.certificates().account),
      ...{ minVersion: 'TLSv1.3', requestCert: true, rejectUnauthorized: false },
      SNICallback: (name, done) => {
        const { host, account } = init.certificates();
        done(null, secureContext(name === GATEWAY_HOST ? host : account));
      },
    });
    this.#server.on('secureConnection', (socket) => {
      this.#checkCertificate(socket);
    });
    this.#server.on('request', (request, response) => {
      this.#answer(request).then(
        (answer) => {
          send(response, answer.status, answer.body);
        },
        (error: unknown) => {
          const isOurs = error instanceof GatewayError;
          send(response, isOurs ? error.status : 500, isOurs ? error.message : 'internal error');
        },
      );
    });
    this.#server.on('upgrade', (request, socket, head) => {
      this.#upgrade(request, socket, head);
    });
  }

  /** @returns the port */
  async listen(wantedPort: number): Promise<number> {
    return listen(this.#server, wantedPort);
  }

  /** Shows the certificates that `certificates` gives now to whoever connects from now on. */
  renewCertificates(): void {
    this.#server.setSecureContext(contextOf(this.#init.certificates().account));
  }

  async stop(): Promise<void> {
    this.#sockets.close();
    await endServer(this.#server);
  }

  // A certificate that the chain does not know ends the connection, as a failed handshake does.
  #checkCertificate(socket: TLSSocket): void {
    const certificate = certificateOf(socket);
    const { state, clock } = this.#init;
    if (certificate && !isPublished(certificate, state, clock())) socket.destroy();
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    if (this.#init.isTroubled())
      throw new GatewayError({ status: 503, problem: 'kube: service unavailable' });
    const { pathname } = new URL(request.url ?? '/', 'https://localhost');
    const method = request.method ?? 'GET';
    if (method === 'GET' && Object.hasOwn(PUBLIC, pathname))
      return { status: 200, body: PUBLIC[pathname]?.(this.#init) };
    const manifest = /^\/deployment\/(\d{1,20})\/manifest$/.exec(pathname);
    if (manifest && method === 'PUT') return this.#takeManifest(request, manifest[1] ?? '');
    if (method === 'GET') return this.#answerAboutLease(request, pathname);
    throw new GatewayError({ status: 404, problem: '404 page not found' });
  }

  async #takeManifest(request: IncomingMessage, dseq: string): Promise<Answer> {
    const owner = this.#ownerOf(request, { scope: 'send-manifest', dseq });
    const body = (await readBody(request)).toString();
    await this.#init.desk.submitManifest(owner, dseq, body);
    return { status: 200, body: undefined };
  }

  #answerAboutLease(request: IncomingMessage, pathname: string): Answer {
    const { lease, rest } = leasePath(pathname);
    const { desk } = this.#init;
    if (rest === 'manifest') {
      const owner = this.#ownerOf(request, { scope: 'get-manifest', ...lease });
      return { status: 200, body: JSON.parse(found(desk.manifest(owner, lease))) as unknown };
    }
    const service = /^service\/([\w-]+)\/status$/.exec(rest)?.[1];
    if (rest !== 'status' && service === undefined)
      throw new GatewayError({ status: 404, problem: '404 page not found' });
    const owner = this.#ownerOf(request, { scope: 'status', ...lease });
    const workload = found(desk.workload(owner, lease));
    const body = service === undefined ? workload.status() : workload.serviceStatus(service);
    return { status: 200, body: found(body) };
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    try {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'https://localhost');
      const { lease, rest } = leasePath(pathname);
      const stream = STREAMS[rest];
      if (!stream) throw new GatewayError({ status: 404, problem: '404 page not found' });
      const owner = this.#ownerOf(request, { scope: stream.scope, ...lease });
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const workload = this.#init.desk.workload(owner, lease);
        if (workload) stream.serve(webSocket, workload, searchParams);
        else webSocket.close(LEASE_NOT_FOUND, 'lease not found');
      });
    } catch (error) {
      const { status, message } =
        error instanceof GatewayError ? error : { status: 500, message: 'internal error' };
      socket.end(
        `HTTP/1.1 ${String(status)} ${message.slice(0, 100)}\r\nConnection: close\r\n\r\n`,
      );
    }
  }

  /** @throws GatewayError (401, 403) */
  #ownerOf(request: IncomingMessage, purpose: Purpose): string {
    const { state, address, clock } = this.#init;
    const certificate = certificateOf(request.socket);
    const { authorization } = request.headers;
    const access = accessOf(
      { ...(certificate ? { certificate } : {}), ...(authorization ? { authorization } : {}) },
      { state, provider: address, now: clock() },
    );
    if (!access.allows(purpose))
      throw new GatewayError({ status: 403, problem: `not allowed: ${purpose.scope}` });
    return access.owner;
  }
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Stream {
  readonly scope: Purpose['scope'];
  readonly serve: (socket: WebSocket, workload: Workload, parameters: URLSearchParams) => void;
}

// What anybody may ask.
const PUBLIC: Readonly<Record<string, (init: GatewayInit) => object>> = {
  '/address': ({ address }) => ({ address }),
  '/status': ({ desk, address }) => ({ ...desk.status(), address }),
  '/version': () => ({
    akash: { version: '371os-devnet', commit: '', buildTags: '', go: '', cosmosSdkVersion: '' },
    kube: { major: '1', minor: '0', gitVersion: '371os-devnet', platform: 'local processes' },
  }),
};

const STREAMS: Readonly<Record<string, Stream>> = {
  logs: {
    scope: 'logs',
    serve: (socket, { journal, serviceNames }, parameters) => {
      const wanted = wantedServices(parameters, serviceNames);
      serveFeed(socket, journal.logs, parameters, ({ name }) => wanted.has(serviceOf(name)));
    },
  },
  kubeevents: {
    scope: 'events',
    serve: (socket, { journal, serviceNames }, parameters) => {
      const wanted = wantedServices(parameters, serviceNames);
      serveFeed(socket, journal.events, parameters, ({ object }) =>
        wanted.has(serviceOf(object.name)),
      );
    },
  },
  // There is no container that a command could run in.
  shell: {
    scope: 'shell',
    serve: (socket) => {
      const result = { exit_code: 126, message: 'The devnet runs no commands in a lease.' };
      socket.send(Buffer.from([SHELL_RESULT, ...Buffer.from(JSON.stringify(result))]));
      socket.close();
    },
  },
};

function serveFeed<Entry>(
  socket: WebSocket,
  feed: Feed<Entry>,
  parameters: URLSearchParams,
  isWanted: (entry: Entry) => boolean,
): void {
  const send = (entry: Entry): void => {
    if (isWanted(entry)) socket.send(JSON.stringify(entry));
  };
  const tail = Number(parameters.get('tail') ?? -1);
  const past = feed.entries.filter(isWanted);
  past.slice(tail >= 0 ? Math.max(0, past.length - tail) : 0).forEach(send);
  if (parameters.get('follow') !== 'true') {
    socket.close();
    return;
  }
  const unfollow = feed.follow(send);
  const pings = setInterval(() => {
    socket.ping();
  }, PING_MS);
  socket.once('close', () => {
    unfollow();
    clearInterval(pings);
  });
}

/** `web-0` runs the service `web`. */
function serviceOf(pod: string): string {
  return pod.replace(/-\d+$/, '');
}

function wantedServices(parameters: URLSearchParams, all: readonly string[]): Set<string> {
  const named = (parameters.get('service') ?? '').split(',').filter((name) => name !== '');
  return new Set(named.length > 0 ? named : all);
}

/** The client's certificate, where one was asked for. */
function certificateOf(socket: Socket): X509Certificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  // The name that the client asked for; Node says false when it gave none.
  const { servername } = socket as { servername?: string | false };
  return servername === GATEWAY_HOST ? undefined : socket.getPeerX509Certificate();
}

function leasePath(pathname: string): { lease: LeasePath; rest: string } {
  const match = /^\/lease\/(\d{1,20})\/(\d{1,9})\/(\d{1,9})\/(.+)$/.exec(pathname);
  if (!match) throw new GatewayError({ status: 404, problem: '404 page not found' });
  const [, dseq = '', gseq, oseq, rest = ''] = match;
  return { lease: { dseq, gseq: Number(gseq), oseq: Number(oseq) }, rest };
}

function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new GatewayError({ status: 404, problem: 'lease not found' });
  return value;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (body === undefined) response.writeHead(status).end();
  else if (typeof body === 'string')
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${body}\n`);
  else
    response
      .writeHead(status, { 'Content-Type': 'application/json; charset=UTF-8' })
      .end(JSON.stringify(body));
}

function contextOf({ cert, privateKey }: CertificatePair): { cert: string; key: string } {
  return { cert, key: privateKey };
}

function secureContext(pair: CertificatePair): SecureContext {
  return createSecureContext({ ...contextOf(pair), minVersion: 'TLSv1.3' });
}
