import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { NodeParts } from './call.ts';
import { isForeign } from './guard.ts';
import { KuboError } from './kubo-error.ts';
import { asFile, contentOf, entryAt, resolvePath } from './paths.ts';

const RAW_BLOCK = 'application/vnd.ipld.raw';
const TYPES: Readonly<Record<string, string>> = {
  ...{ '.json': 'application/json', '.txt': 'text/plain; charset=utf-8' },
};
// Of what a CID names, which never changes.
const FOR_EVER = 'public, max-age=29030400, immutable';

interface Content {
  readonly size: number;
  readonly type: string;
  readonly etag: string;
  readonly read: (start: number, end: number) => AsyncIterable<Uint8Array>;
}

/**
 * A read-only gateway: `GET /ipfs/CID/PATH`, with ranges, and blocks as they are with
 * `?format=raw`. A browser never shows or runs what it answers with.
 */
export function gatewayServer(node: NodeParts, idleTimeoutMs: number): Server {
  const server = createServer((request, response) => {
    if (node.faults.on.down) request.socket.destroy();
    else
      answer(node, request, response).catch((error: unknown) => {
        refuse(response, error);
      });
  });
  return server.setTimeout(idleTimeoutMs);
}

async function answer(
  node: NodeParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const path = decodePath(pathname);
  if (isForeign(request)) throw new KuboError({ problem: 'Forbidden', status: 403 });
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new KuboError({ problem: 'Method Not Allowed', status: 405 });
  if (!path.startsWith('/ipfs/')) throw new KuboError({ problem: 'Not Found', status: 404 });
  await node.faults.delay();
  if (node.faults.takeError()) throw new KuboError({ problem: 'an error that was asked for' });
  const isRaw = searchParams.get('format') === 'raw' || request.headers.accept === RAW_BLOCK;
  const content = await (isRaw ? blockAt(node, path) : fileAt(node, path)).catch(notFound);
  response.setHeaders(
    new Map([
      ...[['Content-Type', content.type] as const, ['Etag', content.etag] as const],
      ...[['X-Ipfs-Path', encodeURI(path)] as const, ['Cache-Control', FOR_EVER] as const],
      ...[['X-Content-Type-Options', 'nosniff'] as const, ['Accept-Ranges', 'bytes'] as const],
      ['Content-Disposition', 'attachment'] as const,
      ['Content-Security-Policy', "default-src 'none'; sandbox"] as const,
    ]),
  );
  if (request.headers['if-none-match'] === content.etag) response.writeHead(304).end();
  else await send(node, request, response, content);
}

async function send(
  { faults }: NodeParts,
  request: IncomingMessage,
  response: ServerResponse,
  { size, read }: Content,
): Promise<void> {
  const range = rangeOf(request.headers.range, size);
  if (range === 'outside') {
    response.writeHead(416, { 'Content-Range': `bytes */${String(size)}` }).end();
    return;
  }
  const [start, end] = range ?? [0, size];
  if (range)
    response.setHeader(
      'Content-Range',
      `bytes ${String(start)}-${String(end - 1)}/${String(size)}`,
    );
  if (!faults.isLengthWrong) response.setHeader('Content-Length', end - start);
  response.writeHead(range ? 206 : 200);
  if (request.method === 'HEAD') response.end();
  else await pipeline(faults.spoil(read(start, end)), response);
}

/** From the first byte to after the last one; several ranges are answered with everything. */
function rangeOf(
  header: string | undefined,
  size: number,
): [number, number] | 'outside' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return start < end ? [start, end] : 'outside';
}

async function fileAt({ repository: { blocks } }: NodeParts, path: string): Promise<Content> {
  const file = asFile(await entryAt(blocks, path));
  return {
    size: Number(file.size),
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    etag: `"${String(file.cid)}"`,
    read: (start, end) => contentOf(file, start, end),
  };
}

async function blockAt({ repository: { blocks } }: NodeParts, path: string): Promise<Content> {
  const { cid } = await resolvePath(blocks, path);
  const bytes = await blocks.read(cid);
  return {
    ...{ size: bytes.length, type: RAW_BLOCK, etag: `"${String(cid)}.raw"` },
    read: async function* (start, end) {
      yield bytes.subarray(start, end);
    },
  };
}

function decodePath(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    throw KuboError.badRequest('the path is not encoded as it should be');
  }
}

function notFound(error: unknown): never {
  if (!(error instanceof KuboError) || error.status !== 500) throw error;
  throw new KuboError({ problem: error.message, status: 404 });
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, message } =
    error instanceof KuboError ? error : { status: 500, message: 'internal error' };
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    ...{ 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' },
  });
  response.end(message);
}
