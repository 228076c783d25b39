import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { BaseError, secretsEqual } from '@371os/kernel';
import { z } from 'zod';
import { readBody } from '../akash/loopback-server.ts';
import { CONTROL_OPERATIONS } from './control-operations.ts';
import type { Networks } from './networks.ts';

export interface ControlServerInit {
  readonly networks: Networks;
  readonly instance: string;
  readonly token: string;
  /** Ends the process, when somebody asks for it. */
  readonly onStop: () => void;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

/**
 * The endpoint that faults are switched on by: `POST /NAME` with a JSON body for each of
 * CONTROL_OPERATIONS, and `POST /stop`, with the token as Bearer. `GET /health` is open.
 */
export function controlServer(init: ControlServerInit): Server {
  return createServer((request, response) => {
    answer(init, request).then(
      (result) => {
        send(response, result);
      },
      (error: unknown) => {
        send(response, { status: 400, body: { error: explain(error) } });
      },
    );
  });
}

async function answer(init: ControlServerInit, request: IncomingMessage): Promise<Answer> {
  const { networks, instance, token, onStop } = init;
  const name = (request.url ?? '/').slice(1);
  if (request.method === 'GET' && name === 'health')
    return { status: 200, body: { instance, height: networks.akash.chain.height } };
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  if (!secretsEqual(given, token)) return { status: 401, body: { error: 'The token is wrong.' } };
  if (request.method === 'POST' && name === 'stop') {
    setImmediate(onStop);
    return { status: 200, body: {} };
  }
  if (request.method !== 'POST' || !isOperation(name))
    return { status: 404, body: { error: `There is no operation ${name}.` } };
  const input: unknown = JSON.parse((await readBody(request)).toString());
  return { status: 200, body: await CONTROL_OPERATIONS[name].run(networks, input) };
}

function isOperation(name: string): name is keyof typeof CONTROL_OPERATIONS {
  return Object.hasOwn(CONTROL_OPERATIONS, name);
}

function explain(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return BaseError.isInstance(error) ? error.message : 'The request could not be read.';
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}
