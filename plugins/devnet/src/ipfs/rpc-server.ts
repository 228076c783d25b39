import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Call, type Command, type NodeParts, type Reply } from './call.ts';
import { add } from './commands/add.ts';
import { blockGet, blockPut, blockRm, blockStat } from './commands/block.ts';
import { dagGet, dagPut, dagResolve } from './commands/dag.ts';
import { cat, filesStat, ls, resolve } from './commands/files.ts';
import { id, repoGc, repoStat, swarmPeers, version } from './commands/node.ts';
import { pinAdd, pinLs, pinRm, pinUpdate } from './commands/pin.ts';
import { isForeign } from './guard.ts';
import { KuboError } from './kubo-error.ts';

// Kubo's numbers of what went wrong.
const NORMAL_ERROR = 0;
const CLIENT_ERROR = 1;

const COMMANDS: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    ...{ add, cat, ls, resolve, id, version },
    ...{ 'block/get': blockGet, 'block/put': blockPut, 'block/rm': blockRm },
    ...{ 'block/stat': blockStat, 'files/stat': filesStat },
    ...{ 'dag/get': dagGet, 'dag/put': dagPut, 'dag/resolve': dagResolve },
    ...{ 'pin/add': pinAdd, 'pin/ls': pinLs, 'pin/rm': pinRm, 'pin/update': pinUpdate },
    ...{ 'repo/gc': repoGc, 'repo/stat': repoStat, 'swarm/peers': swarmPeers },
  }).map(([name, command]) => [`/api/v0/${name}`, command]),
);

export interface RpcLimits {
  /** Requests with a body that are read at the same time; more are answered with 503. */
  readonly uploadsAtOnce: number;
  /** A connection on which nothing moves for so long is ended. */
  readonly idleTimeoutMs: number;
  /** How long a request may take to arrive. */
  readonly uploadTimeoutMs: number;
}

/** Kubo's RPC at /api/v0, as far as its clients use it to keep and to read content. */
export function rpcServer(node: NodeParts, limits: RpcLimits): Server {
  let uploads = 0;
  const run = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const command = COMMANDS.get(pathname);
    if (isForeign(request) || request.method !== 'POST' || !command) {
      sendText(response, refusalOf(request));
      return;
    }
    await node.faults.delay();
    if (node.faults.takeError()) throw new KuboError({ problem: 'an error that was asked for' });
    const isUpload = command.isUpload ?? false;
    if (isUpload && uploads >= limits.uploadsAtOnce) throw tooMany(limits);
    uploads += Number(isUpload);
    try {
      await sendReply(response, await command.run(new Call(request, searchParams), node));
    } finally {
      uploads -= Number(isUpload);
    }
  };
  const timeouts = {
    requestTimeout: limits.uploadTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
  };
  const server = createServer(timeouts, (request, response) => {
    if (node.faults.on.down) request.socket.destroy();
    else
      run(request, response).catch((error: unknown) => {
        sendError(response, error);
      });
  });
  return server.setTimeout(limits.idleTimeoutMs);
}

// In the words of Kubo, which are no JSON here.
function refusalOf(request: IncomingMessage): string {
  if (isForeign(request)) return '403 - Forbidden';
  return request.method === 'POST' ? '404 page not found' : '405 - Method Not Allowed';
}

function tooMany({ uploadsAtOnce }: RpcLimits): KuboError {
  const problem = `${String(uploadsAtOnce)} uploads are being read already: try again later`;
  return new KuboError({ problem, status: 503 });
}

async function sendReply(response: ServerResponse, reply: Reply): Promise<void> {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if ('json' in reply) {
    response.setHeader('Content-Type', 'application/json').end(`${JSON.stringify(reply.json)}\n`);
  } else if ('lines' in reply) {
    response.setHeader('Content-Type', 'application/json').setHeader('X-Chunked-Output', '1');
    await sendStream(response, asLines(reply.lines));
  } else {
    response.setHeader('Content-Type', 'application/octet-stream');
    await sendStream(response.setHeader('X-Stream-Output', '1'), reply.bytes);
  }
}

async function* asLines(objects: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const object of objects) yield `${JSON.stringify(object)}\n`;
}

/** Sends what comes; what goes wrong before the first piece can still be said. */
async function sendStream(
  response: ServerResponse,
  content: AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const pieces = content[Symbol.asyncIterator]();
  try {
    const first = await pieces.next();
    if (first.done) response.end();
    else await pipeline(startingWith(first.value, pieces), response);
  } finally {
    await pieces.return?.();
  }
}

async function* startingWith<Piece>(
  first: Piece,
  others: AsyncIterator<Piece>,
): AsyncGenerator<Piece> {
  yield first;
  for (let next = await others.next(); !next.done; next = await others.next()) yield next.value;
}

// In the middle of an answer it ends the connection, which every client notices.
function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const known = error instanceof KuboError ? error : undefined;
  const status = known?.status ?? 500;
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(
    JSON.stringify({
      Message: known?.message ?? `internal error: ${String(error)}`,
      Code: status === 400 ? CLIENT_ERROR : NORMAL_ERROR,
      Type: 'error',
    }),
  );
}

function sendText(response: ServerResponse, text: string): void {
  const status = Number(text.slice(0, 3));
  const allow = status === 405 ? { Allow: 'POST' } : {};
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...allow });
  response.end(text);
}
