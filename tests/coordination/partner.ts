import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { generateKeyPair, exportJWK, type JWK } from 'jose';
import { AgentCard, generateAgentCardSignature, Role, TaskState, type Message } from '@a2a-js/sdk';
import {
  AgentEvent,
  DefaultRequestHandler,
  InMemoryTaskStore,
  type AgentExecutor,
  type ExecutionEventBus,
  type RequestContext,
} from '@a2a-js/sdk/server';
import { jsonRpcHandler, UserBuilder } from '@a2a-js/sdk/server/express';

/** What the partner does with a message; what it returns is the answer of a task that completed. */
export type Behaviour = (
  text: string,
  asked: {
    readonly message: Message;
    readonly taskId: string;
    /** Resolves when the task is canceled. */
    readonly canceled: Promise<unknown>;
    end(state: TaskState, text: string): void;
  },
) => Promise<string | undefined> | string | undefined;

/** How the partner's server fails before any A2A is spoken. */
export type Fault = 'none' | 'hangs' | 'garbage' | 'huge' | 'down' | 'resets' | 'refuses';

interface PartnerKey {
  readonly own: JWK;
  readonly shown: JWK;
}

/** An agent of another organisation: the kit's own server, on loopback. */
export class Partner {
  readonly asked: Message[] = [];
  readonly canceled: string[] = [];
  readonly tokens: (string | undefined)[] = [];
  behaviour: Behaviour = (text) => `Translated: ${text}`;
  fault: Fault = 'none';
  /** How many requests fail so; those after them are answered well. */
  faultsLeft = Infinity;
  /** Changed after it is signed, it is a forgery. */
  alter: (card: AgentCard) => AgentCard = (card) => card;
  isSigned = true;
  readonly url: string;
  readonly #server: Server;
  readonly #tasks = new InMemoryTaskStore();
  readonly #cancels = new Map<string, () => void>();
  readonly #key: PartnerKey;

  private constructor(server: Server, url: string, key: PartnerKey) {
    this.#server = server;
    this.url = url;
    this.#key = key;
  }

  static async start(): Promise<Partner> {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const key = {
      own: await exportJWK(privateKey),
      shown: { ...(await exportJWK(publicKey)), kid: 'partner', alg: 'ES256' },
    };
    const app = express();
    const server = app.listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const partner = new Partner(server, url, key);
    partner.#serve(app);
    return partner;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  #serve(app: express.Express): void {
    app.get('/.well-known/agent-card.json', async (_request, response) => {
      if (this.fault === 'down') response.status(503).end();
      else response.json(AgentCard.toJSON(this.alter(await this.#card())));
    });
    app.get('/jwks.json', (_request, response) => {
      response.json({ keys: [this.#key.shown] });
    });
    const executor: AgentExecutor = {
      execute: (context, bus) => this.#execute(context, bus),
      cancelTask: (taskId, bus) => {
        this.canceled.push(taskId);
        this.#cancels.get(taskId)?.();
        bus.publish(statusOf(taskId, TaskState.TASK_STATE_CANCELED, 'Stopped.'));
        bus.finished();
        return Promise.resolve();
      },
    };
    const plain = unsignedCard(this.url);
    const requestHandler = new DefaultRequestHandler(plain, this.#tasks, executor);
    app.use('/a2a', (request, response, next) => {
      this.tokens.push(request.headers.authorization);
      if (this.fault === 'none' || this.faultsLeft === 0) {
        next();
        return;
      }
      this.faultsLeft -= 1;
      fail(this.fault, response);
    });
    app.use('/a2a', jsonRpcHandler({ requestHandler, userBuilder: UserBuilder.noAuthentication }));
  }

  async #card(): Promise<AgentCard> {
    const card = unsignedCard(this.url);
    if (!this.isSigned) return card;
    const header = { alg: 'ES256', kid: 'partner', typ: 'JOSE', jku: `${this.url}/jwks.json` };
    return generateAgentCardSignature(this.#key.own, header)(card);
  }

  get publicKey(): JWK {
    return this.#key.shown;
  }

  async #execute(context: RequestContext, bus: ExecutionEventBus): Promise<void> {
    const { taskId, contextId, userMessage } = context;
    this.asked.push(userMessage);
    const { promise: canceled, resolve } = Promise.withResolvers<undefined>();
    this.#cancels.set(taskId, () => resolve(undefined));
    bus.publish(
      AgentEvent.task({
        ...{ id: taskId, contextId, artifacts: [], history: [userMessage], metadata: undefined },
        status: { state: TaskState.TASK_STATE_WORKING, message: undefined, timestamp: undefined },
      }),
    );
    const ended: TaskState[] = [];
    const end = (state: TaskState, text: string): void => {
      ended.push(state);
      bus.publish(statusOf(taskId, state, text, contextId));
    };
    const text = textIn(userMessage);
    const answer = await this.behaviour(text, { message: userMessage, taskId, canceled, end });
    if (ended.length === 0 && answer !== undefined) end(TaskState.TASK_STATE_COMPLETED, answer);
    bus.finished();
  }
}

export function textIn({ parts }: Message): string {
  return parts.map(({ content }) => (content?.$case === 'text' ? content.value : '')).join('\n');
}

function statusOf(taskId: string, state: TaskState, text: string, contextId = '') {
  return AgentEvent.statusUpdate({
    ...{ taskId, contextId, metadata: undefined },
    status: {
      ...{ state, timestamp: new Date().toISOString() },
      message: {
        ...{ messageId: crypto.randomUUID(), contextId, taskId, role: Role.ROLE_AGENT },
        parts: [
          {
            content: { $case: 'text', value: text },
            ...{ metadata: undefined, filename: '', mediaType: '' },
          },
        ],
        ...{ metadata: undefined, extensions: [], referenceTaskIds: [] },
      },
    },
  });
}

function unsignedCard(url: string): AgentCard {
  return AgentCard.fromJSON({
    ...{ name: 'Lingua', description: 'Translates', version: '1.0.0', capabilities: {} },
    supportedInterfaces: [
      { url: `${url}/a2a`, protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
    ],
    ...{ defaultInputModes: ['text/plain'], defaultOutputModes: ['text/plain'] },
    skills: [
      {
        ...{ id: 'translate', name: 'Translation', description: 'Translates', tags: [] },
        examples: ['Translate this letter into Portuguese'],
      },
    ],
  });
}

const MEGABYTE = Buffer.alloc(1_048_576, 0x20);

function fail(fault: Fault, response: ServerResponse): void {
  switch (fault) {
    case 'garbage':
      response.setHeader('content-type', 'application/json').end('{"half": ');
      return;
    case 'huge':
      response.setHeader('content-type', 'application/json');
      for (let left = 50; left > 0 && !response.destroyed; left -= 1) response.write(MEGABYTE);
      response.end();
      return;
    case 'down':
      response.writeHead(503).end();
      return;
    case 'refuses':
      response.writeHead(403, { 'content-type': 'application/json' }).end('{"error":"no"}');
      return;
    case 'resets':
      response.destroy();
      return;
    case 'hangs':
    case 'none':
      return;
  }
}
