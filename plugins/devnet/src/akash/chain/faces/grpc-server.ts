import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { Chain } from '../chain.ts';
import { ChainError } from '../chain-error.ts';
import { findQuery } from '../queries.ts';

const HEADER_BYTES = 5;
const STATUS = { ok: 0, unknown: 2, notFound: 5, unimplemented: 12 };

interface GrpcAnswer {
  readonly status: number;
  readonly message?: string;
  readonly body?: Uint8Array;
}

/** The chain's queries over gRPC (HTTP/2 without TLS, unary, uncompressed), as chain-sdk asks them. */
export function grpcServer(chain: Chain): Http2Server {
  const server = createServer();
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('error', () => {
      stream.destroy();
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      send(stream, answer(chain, headers[':path'] ?? '', Buffer.concat(chunks)));
    });
  });
  return server;
}

function answer(chain: Chain, path: string, frame: Buffer): GrpcAnswer {
  const query = findQuery(path);
  if (!query) return { status: STATUS.unimplemented, message: `unknown method ${path}` };
  try {
    return { status: STATUS.ok, body: query.answer(chain, frame.subarray(HEADER_BYTES)) };
  } catch (error) {
    const message = error instanceof ChainError ? error.message : 'invalid request';
    const status = /not ?found/i.test(message) ? STATUS.notFound : STATUS.unknown;
    return { status, message };
  }
}

function send(stream: ServerHttp2Stream, { status, message = '', body }: GrpcAnswer): void {
  if (stream.destroyed) return;
  const trailer = {
    'grpc-status': String(status),
    ...(message ? { 'grpc-message': encodeURIComponent(message) } : {}),
  };
  const headers = { ':status': 200, 'content-type': 'application/grpc+proto' };
  if (!body) {
    stream.respond({ ...headers, ...trailer }, { endStream: true });
    return;
  }
  stream.respond(headers, { waitForTrailers: true });
  stream.once('wantTrailers', () => {
    stream.sendTrailers(trailer);
  });
  const prefix = Buffer.alloc(HEADER_BYTES);
  prefix.writeUInt32BE(body.length, 1);
  stream.end(Buffer.concat([prefix, body]));
}
