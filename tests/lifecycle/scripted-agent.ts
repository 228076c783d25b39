import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A task as the REST interface shows it; `costUsd` may be nonsense. */
export interface ShownTask {
  readonly state: string;
  readonly answer: string;
  readonly model?: string;
  readonly costUsd?: number;
  readonly waitingFor?: string;
}

/** What becomes of a message: a task, a refusal, silence, or a connection that breaks. */
export type Behaviour = ShownTask | { status: number; code: string } | 'hangs' | 'breaks';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
  readonly as: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Something on loopback that says of itself what the test wants a hosted agent to have said. */
export class ScriptedAgent {
  readonly asked: Asked[] = [];
  /** What becomes of the next messages. */
  next: Behaviour = { state: 'COMPLETED', answer: 'Done.' };
  /** What it says of a task that it is asked for; unknown when undefined. */
  known: ShownTask | undefined;
  readonly #server = createServer((request, response) => {
    void this.#answer(request, response);
  });

  static async start(): Promise<ScriptedAgent> {
    const agent = new ScriptedAgent();
    agent.#server.listen(0, '127.0.0.1');
    await once(agent.#server, 'listening');
    return agent;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    const body = JSON.parse(Buffer.concat(pieces).toString() || '{}') as Asked['body'];
    const token = headers.authorization?.replace('Bearer ', '');
    this.asked.push({ method, path, token, as: headers['x-act-as'] as string | undefined, body });
    if (path === '/router/messages') this.#reply(body, response);
    else if (this.known) sendJson(response, 200, { task: shown(this.known, path) });
    else sendJson(response, 404, { error: { code: 'UNKNOWN_TASK', message: 'No such task.' } });
  }

  #reply(body: Asked['body'], response: ServerResponse): void {
    const { next } = this;
    if (next === 'hangs') return;
    if (typeof next === 'object' && 'status' in next) {
      const error = { code: next.code, message: 'It was refused.' };
      sendJson(response, next.status, { error });
      return;
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(': working\n\n');
    if (next === 'breaks') response.destroy();
    else {
      const task = shown(next, String(body['task']));
      const reply = { text: next.answer, tasks: [task], costUsd: 0, decisions: [] };
      response.end(`event: reply\ndata: ${JSON.stringify(reply)}\n\n`);
    }
  }
}

function shown(task: ShownTask, id: string): Record<string, unknown> {
  const rest = { text: 'work', reason: 'you asked for it', dependsOn: [] };
  return { id, agent: 'Anna', model: 'none', costUsd: 0, ...rest, ...task };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}
