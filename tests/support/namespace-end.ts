// What a network namespace has beside its node: `namespace-end.ts JSON`. It leads a socket file to a port of
// the namespace's loopback, and stands for outside services. `ready` on standard output says that it listens;
// it ends with its standard input.
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { connect, createServer, type ListenOptions, type Server } from 'node:net';
import { text } from 'node:stream/consumers';

export interface NamespaceOrder {
  /** A socket file, and the port of 127.0.0.1 that it leads to. */
  readonly door?: { readonly path: string; readonly port: number };
  /** Where a server of language models and a node of an EVM chain listen. */
  readonly models?: { readonly host: string; readonly port: number };
  readonly chain?: { readonly host: string; readonly port: number };
}

const CHAIN_ID = '0x7a69';
const { door, models, chain } = JSON.parse(process.argv[2] ?? '{}') as NamespaceOrder;

function listen(server: Server, where: ListenOptions): Promise<void> {
  return new Promise((done, fail) => server.once('error', fail).listen(where, done));
}

function answer(response: ServerResponse, body: unknown): void {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(body));
}

function doorTo(port: number): Server {
  return createServer((near) => {
    const far = connect({ port, host: '127.0.0.1' });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on('error', () => other.destroy()).pipe(other);
  });
}

// No model of it is asked here: whoever answers by rules asks none.
function modelServer(): Server {
  return createHttpServer((_request, response) => {
    answer(response, { object: 'list', data: [] });
  });
}

function chainNode(): Server {
  return createHttpServer((request, response) => {
    void text(request).then((body) => {
      const { id, method } = JSON.parse(body) as { id: unknown; method: unknown };
      const error = { code: -32601, message: 'This node knows its chain and nothing else.' };
      const said = method === 'eth_chainId' ? { result: CHAIN_ID } : { error };
      answer(response, { jsonrpc: '2.0', id, ...said });
    });
  });
}

if (door) await listen(doorTo(door.port), { path: door.path });
if (models) await listen(modelServer(), models);
if (chain) await listen(chainNode(), chain);
process.stdout.write('ready\n');
process.stdin.resume().once('end', () => process.exit(0));
