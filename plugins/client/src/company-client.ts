import type { z } from 'zod';
import * as answers from './answers.ts';
import type {
  Agent,
  Approval,
  Budget,
  CompanyTask,
  Configuration,
  LedgerRow,
  Reply,
  RoomLine,
} from './answers.ts';
import { NotFoundError, RequestRefusedError } from './errors.ts';
import { readReply, type ReplyEvents } from './read-reply.ts';
import { request, send, type TransportInit } from './transport.ts';

export interface CompanyClientInit extends TransportInit {
  /** How long a message may take to be answered, in milliseconds. @default 600000 */
  readonly answerTimeoutMs?: number | undefined;
  /** How long any other request may take, in milliseconds. @default 30000 */
  readonly timeoutMs?: number | undefined;
}

export interface Message extends ReplyEvents {
  readonly text: string;
  /** A conversation of this name; each person has their own of each name. @default 'main' */
  readonly room?: string | undefined;
  /** The agent to talk to, by name or role; the front desk chooses when it is not given. */
  readonly agent?: string | undefined;
  /** Gives up waiting and tells the server so. */
  readonly signal?: AbortSignal | undefined;
}

export interface LedgerFilter {
  readonly category?: string | undefined;
  readonly agent?: string | undefined;
  readonly user?: string | undefined;
  readonly task?: string | undefined;
  readonly window?: 'day' | 'week' | 'month' | undefined;
  /** 1 to 100,000. @default 1000 */
  readonly limit?: number | undefined;
}

export interface SettingFilter {
  /** The agent's name; the server chooses one when it is not given. */
  readonly agent?: string | undefined;
  /** All settings when it is not given. */
  readonly setting?: string | undefined;
}

const ANSWER_TIMEOUT_MS = 600_000;
const TIMEOUT_MS = 30_000;

/**
 * A company, over its server's REST interface. Every method throws ServerUnreachableError,
 * TimedOutError, TokenRefusedError, NotPermittedError, RequestRefusedError or UnknownAnswerError.
 */
export class CompanyClient {
  readonly #init: TransportInit;
  readonly #answerTimeoutMs: number;
  readonly #timeoutMs: number;

  constructor({ answerTimeoutMs, timeoutMs, ...init }: CompanyClientInit) {
    this.#init = init;
    this.#answerTimeoutMs = answerTimeoutMs ?? ANSWER_TIMEOUT_MS;
    this.#timeoutMs = timeoutMs ?? TIMEOUT_MS;
  }

  /** Sends a message and waits for the answer. @throws AnswerLostError too */
  async ask({ text, room, agent, signal, ...events }: Message): Promise<Reply> {
    const response = await send(this.#init, {
      ...{ method: 'POST', path: '/router/messages', accept: 'text/event-stream' },
      ...{ body: { text, room, agent }, timeoutMs: this.#answerTimeoutMs, signal },
    });
    return readReply(response, events);
  }

  /** Has the company do something, and returns the tasks that it made of it, ended or waiting. */
  async submitTask(message: Message): Promise<readonly CompanyTask[]> {
    const { tasks, text, error } = await this.ask(message);
    if (error && tasks.length === 0)
      throw new RequestRefusedError({ status: 200, code: error.code, message: text });
    return tasks;
  }

  /** The newest tasks: one's own, or everybody's for the owner. `limit` is 1 to 200, 50 by default. */
  async listTasks({ limit }: { limit?: number | undefined } = {}): Promise<readonly CompanyTask[]> {
    const query = { limit: limit?.toString() };
    return (await this.#get('/router/tasks', answers.tasks, query)).tasks;
  }

  /** @param id the whole of it, or so much of its beginning that it is the only one */
  async getTask(id: string): Promise<CompanyTask> {
    return (await this.#get(`/router/tasks/${encodeURIComponent(id)}`, answers.oneTask)).task;
  }

  /** Ends a task and its parts, and returns it. */
  async cancelTask(id: string): Promise<CompanyTask> {
    const path = `/router/tasks/${encodeURIComponent(id)}/cancel`;
    return (await this.#post(path, answers.oneTask)).task;
  }

  async listAgents(): Promise<readonly Agent[]> {
    return (await this.#get('/router/agents', answers.agents)).agents;
  }

  /** The agent of this name or role. @throws NotFoundError */
  async getAgent(nameOrRole: string): Promise<Agent> {
    const wanted = nameOrRole.toLowerCase();
    const agents = await this.listAgents();
    const found = agents.find(({ name, role }) =>
      [name, role].some((word) => word.toLowerCase() === wanted),
    );
    if (found) return found;
    const known = agents.map(({ name, role }) => `${name} (${role})`).join(', ');
    const message = `There is no agent called "${nameOrRole}". There are: ${known}.`;
    throw new NotFoundError({ status: 404, code: 'UNKNOWN_AGENT', message });
  }

  /** What was said in a room of one's own, oldest first. */
  async history({ room, limit }: { room?: string; limit?: number } = {}): Promise<
    readonly RoomLine[]
  > {
    const query = { room, limit: limit?.toString() };
    return (await this.#get('/router/messages', answers.messages, query)).messages;
  }

  async budget(): Promise<Budget> {
    return this.#get('/treasury/budget', answers.budget);
  }

  /** What was spent, newest first. */
  async ledger({ limit, ...filter }: LedgerFilter = {}): Promise<readonly LedgerRow[]> {
    const query = { ...filter, limit: limit?.toString() };
    return (await this.#get('/treasury/ledger', answers.ledger, query)).rows;
  }

  /** Where an agent's settings come from. Secrets are only told to be set. */
  async explainSettings({ agent, setting }: SettingFilter = {}): Promise<Configuration> {
    return this.#get('/lifecycle/configuration', answers.configuration, { agent, setting });
  }

  /** What waits for a person's yes. */
  async approvals(): Promise<readonly Approval[]> {
    return (await this.#get('/treasury/approvals', answers.approvals)).approvals;
  }

  /** Says yes to a plan, and returns what came of it, in words. */
  async approve(id: string): Promise<string> {
    const path = `/treasury/approvals/${encodeURIComponent(id)}/approve`;
    return (await this.#post(path, answers.granted)).text;
  }

  async decline(id: string): Promise<Approval> {
    return this.#post(`/treasury/approvals/${encodeURIComponent(id)}/decline`, answers.declined);
  }

  #get<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    query?: Readonly<Record<string, string | undefined>>,
  ): Promise<z.output<Schema>> {
    const call = { method: 'GET', path, query, timeoutMs: this.#timeoutMs } as const;
    return request(this.#init, call, schema);
  }

  #post<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    const call = { method: 'POST', path, body: {}, timeoutMs: this.#timeoutMs } as const;
    return request(this.#init, call, schema);
  }
}
