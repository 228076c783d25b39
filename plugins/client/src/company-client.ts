import { setTimeout as pause } from 'node:timers/promises';
import type { z } from 'zod';
import * as answers from './answers.ts';
import type {
  Agent,
  AgentLife,
  AgentStatus,
  Approval,
  BrowserSession,
  Budget,
  CarriedOut,
  KeptToken,
  CompanyTask,
  Configuration,
  LedgerRow,
  LifeDecision,
  Memory,
  Reply,
  RoomLine,
  DeploymentPlan,
} from './answers.ts';
import {
  AgentFailedError,
  AnswerLostError,
  ApprovalNeededError,
  LifeTimedOutError,
  NotFoundError,
  RequestRefusedError,
  ServerUnreachableError,
  TimedOutError,
} from './errors.ts';
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
  /** The id that the task is to have, a UUID: sent again it is the same task. With `agent` only. */
  readonly task?: string | undefined;
  /** What the agent should know beside the text. With `agent` only. */
  readonly context?: string | undefined;
  /** Gives up waiting and tells the server so. */
  readonly signal?: AbortSignal | undefined;
}

/** What a token for MCP is to be good for. */
export interface NewToken {
  /** Of the program or person who gets it. */
  readonly name: string;
  /** `guest` or `admin`. @default 'guest' */
  readonly role?: string | undefined;
  /** Such as `memory:read`. */
  readonly scopes: readonly string[];
  /** The one agent that it is for; all of them by default. */
  readonly agent?: string | undefined;
  /** How long it is good. @default 30 */
  readonly days?: number | undefined;
}

/** What an agent is to be. */
export interface NewAgent {
  readonly name: string;
  /** A department such as CMO, or a role of its own. */
  readonly agentType?: string | undefined;
  readonly capabilities?: readonly string[] | undefined;
  /** What a task of it costs others; the rate as decimal digits. */
  readonly economicTerms?:
    { readonly rate: string; readonly currency?: 'USD' | 'USDC' | 'AKT' | 'ETH' } | undefined;
  /** @default 'in-process' */
  readonly hosting?: 'in-process' | 'akash' | undefined;
  /** By default wherever a registry is configured. */
  readonly register?: boolean | undefined;
  /** Fields of an ElizaOS character that go before those of the type's template. */
  readonly character?: Readonly<Record<string, unknown>> | undefined;
  readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** Name of an ended agent that is brought back, with what it knew. */
  readonly from?: string | undefined;
  /** The most that its models may cost in a month, as decimal digits. */
  readonly allowanceUsd?: string | undefined;
  readonly idleHours?: number | undefined;
  readonly resources?:
    | {
        readonly cpu?: string | undefined;
        readonly memory?: string | undefined;
        readonly storage?: string | undefined;
        readonly regions?: readonly string[] | undefined;
        readonly maxMonthlyUsd?: string | undefined;
      }
    | undefined;
}

/** What is to run on Akash: an image with what it takes, or an SDL. */
export interface NewDeployment {
  readonly dockerImage?: string | undefined;
  readonly sdl?: string | undefined;
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  readonly storage?: string | undefined;
  readonly replicas?: string | undefined;
  /** Such as `80/http,5432/tcp`. */
  readonly ports?: string | undefined;
  /** `NAME=value` a line; secrets as `NAME=secret:NAME` alone. */
  readonly environment?: string | undefined;
  /** The most that a month may cost, in US dollars. */
  readonly maxCost?: string | undefined;
  /** With commas between them. */
  readonly regions?: string | undefined;
}

/** How a change of an agent's life is waited for. */
export interface LifeWait {
  /** Says yes to the plan where it waits for one. */
  readonly isApproved?: boolean | undefined;
  /** Told of each thing that is being done, in words. */
  readonly onProgress?: ((words: string) => void) | undefined;
  /** In milliseconds. @default 900000 */
  readonly timeoutMs?: number | undefined;
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

const POLL_MS = 500;
const AWAY = [ServerUnreachableError, TimedOutError, AnswerLostError];
const LIFE_TIMEOUT_MS = 900_000;
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
  async ask({ text, room, agent, task, context, signal, ...events }: Message): Promise<Reply> {
    const response = await send(this.#init, {
      ...{ method: 'POST', path: '/router/messages', accept: 'text/event-stream' },
      ...{ body: { text, room, agent, task, context }, timeoutMs: this.#answerTimeoutMs, signal },
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

  /** Agents and where they are in their lives, by name; those that have ended when `all` says so. */
  async listLives({ all = false }: { all?: boolean } = {}): Promise<readonly AgentLife[]> {
    return (await this.#get('/lifecycle/agents', answers.lives, { all: String(all) })).agents;
  }

  /** An agent, how it does its tasks, and how it came where it is. @throws NotFoundError */
  async getAgent(nameOrId: string): Promise<AgentStatus> {
    return this.#get(lifePath(nameOrId), answers.lifeStatus);
  }

  /**
   * Has an agent created, and waits until it is ready. Where its plan needs a second word and
   * `isApproved` does not give it, nothing is done.
   * @throws ApprovalNeededError, AgentFailedError, LifeTimedOutError
   */
  async createAgent(agent: NewAgent, wait: LifeWait = {}): Promise<AgentStatus> {
    const decision = await this.planAgent(agent);
    const outcome = decision.isBegun ? undefined : await this.#approveIf(decision, wait);
    return this.#until(decision, ['ready', 'busy'], { ...wait, name: agent.name, outcome });
  }

  /** The first half of {@link createAgent}: what would be done, or is being done already. */
  async planAgent(agent: NewAgent): Promise<LifeDecision> {
    return this.#post('/lifecycle/agents', answers.lifeDecision, agent, this.#answerTimeoutMs);
  }

  /**
   * Has an agent ended, and waits until nothing of it is left.
   * @throws ApprovalNeededError, AgentFailedError, LifeTimedOutError
   */
  async retireAgent(name: string, wait: LifeWait & { cause?: string } = {}): Promise<AgentStatus> {
    const { cause } = wait;
    const path = `${lifePath(name)}/retire`;
    const decision = await this.#post(path, answers.lifeDecision, cause ? { cause } : {});
    const outcome = await this.#approveIf(decision, wait);
    // One that was still being made was taken back instead.
    return this.#until(decision, ['stopped', 'failed'], { ...wait, name, outcome });
  }

  /**
   * Lets an agent finish its tasks, starts it again with what it knows, and waits until it is ready: or
   * `stopped`, where somebody has had it retired meanwhile.
   * @throws AgentFailedError, LifeTimedOutError
   */
  async restartAgent(name: string, wait: Omit<LifeWait, 'isApproved'> = {}): Promise<AgentStatus> {
    const path = `${lifePath(name)}/restart`;
    const { agent } = await this.#post(path, answers.oneLife, {}, this.#answerTimeoutMs);
    const life = { agentId: agent.id, beganWith: agent.beganWith };
    return this.#until(life, ['ready', 'busy', 'stopped'], { ...wait, name, outcome: undefined });
  }

  /** The newest lines that an agent has logged, oldest first. `lines` is 1 to 1,000. */
  async agentLogs(name: string, { lines = 100 } = {}): Promise<readonly string[]> {
    const query = { lines: String(lines) };
    return (await this.#get(`${lifePath(name)}/logs`, answers.logLines, query)).lines;
  }

  /** What the agent that answers here remembers: one that is hosted alone. */
  async saveMemory(): Promise<Memory> {
    return this.#get('/lifecycle/memory', answers.memory);
  }

  /** Gives it back what it has not any more. */
  async restoreMemory(memory: Memory): Promise<void> {
    await this.#post('/lifecycle/memory', answers.restored, memory);
  }

  /** Plans a deployment on Akash; `approve` has it made. */
  async planDeployment(deployment: NewDeployment): Promise<DeploymentPlan> {
    const path = '/akash/deployments';
    return this.#post(path, answers.deploymentPlan, deployment, this.#answerTimeoutMs);
  }

  // Whoever approves is told what came of it, which may take a while.
  async #approveIf(
    { agentId, approval, plan }: LifeDecision,
    { isApproved, onProgress }: LifeWait,
  ): Promise<string> {
    if (!isApproved) throw new ApprovalNeededError({ id: approval.id, plan });
    const said = new Progress(onProgress);
    const approving = this.approve(approval.id).then(({ text }) => text);
    const isOver = approving.then(
      () => true,
      () => true,
    );
    while (!(await Promise.race([isOver, pause(POLL_MS, false)]))) {
      const { agent } = (await this.getAgent(agentId).catch(() => undefined)) ?? {};
      if (agent?.progress) said.tell(agent.progress);
    }
    return approving;
  }

  // The server may be restarted meanwhile: what is being done goes on, and is looked at again.
  async #until(
    { agentId, beganWith }: Pick<LifeDecision, 'agentId' | 'beganWith'>,
    states: readonly string[],
    { name, outcome, onProgress, timeoutMs = LIFE_TIMEOUT_MS, signal }: LifeWaited,
  ): Promise<AgentStatus> {
    const deadline = performance.now() + timeoutMs;
    const said = new Progress(onProgress);
    for (;;) {
      const seen = await this.#look(agentId, beganWith);
      if (seen === 'nobody' && outcome !== undefined)
        throw new AgentFailedError({ name, cause: outcome });
      said.tell(seen === 'nobody' ? 'waiting for its turn' : wordsOf(seen));
      if (typeof seen === 'object') {
        const { agent, journal } = seen;
        if (states.includes(agent.state) && agent.progress === '') return seen;
        if (agent.state === 'failed')
          throw new AgentFailedError({ name, cause: journal.at(-1)?.cause ?? '' });
      }
      if (performance.now() > deadline) throw new LifeTimedOutError({ name, timeoutMs });
      await pause(POLL_MS, undefined, signal ? { signal } : {});
    }
  }

  // Before its life has begun there is nobody, or what is left of the one before.
  async #look(
    id: string,
    beganWith: number | undefined,
  ): Promise<AgentStatus | 'nobody' | 'no answer'> {
    try {
      const status = await this.getAgent(id);
      return status.agent.beganWith === beganWith ? status : 'nobody';
    } catch (error) {
      if (error instanceof NotFoundError) return 'nobody';
      if (AWAY.some((kind) => error instanceof kind)) return 'no answer';
      throw error;
    }
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

  /** Says yes to a plan, and returns what came of it. */
  async approve(id: string): Promise<CarriedOut> {
    const path = `/treasury/approvals/${encodeURIComponent(id)}/approve`;
    // What was approved is carried out meanwhile.
    return this.#post(path, answers.carriedOut, {}, this.#answerTimeoutMs);
  }

  async decline(id: string): Promise<Approval> {
    return this.#post(`/treasury/approvals/${encodeURIComponent(id)}/decline`, answers.declined);
  }

  /** Makes a token with which a program speaks MCP to the company. Nobody can read it again. */
  async makeToken(token: NewToken): Promise<{ readonly token: string; readonly id: string }> {
    return this.#post('/coordination/tokens', answers.newToken, token);
  }

  /** The tokens that were made and have not run out, the newest first. */
  async listTokens(): Promise<readonly KeptToken[]> {
    return (await this.#get('/coordination/tokens', answers.keptTokens)).tokens;
  }

  /** Ends one token by its id; the others of its name stay good. */
  async endToken(id: string): Promise<KeptToken> {
    return (await this.#post('/coordination/tokens/end', answers.endedToken, { id })).token;
  }

  /** Ends all tokens that were made for a name; those that are made later are good. */
  async endTokens(name: string): Promise<void> {
    await this.#post('/coordination/tokens/end', answers.endedTokens, { name });
  }

  /** A link that signs one browser in to the dashboard, once, within ten minutes. */
  async dashboardLink(): Promise<string> {
    const { code } = await this.#post('/371os/codes', answers.signInCode);
    // What follows the # is sent to no server and stands in no log of one.
    return new URL(`/371os#code=${code}`, this.#init.url).href;
  }

  /** The browsers that are signed in to the dashboard, newest first. */
  async dashboardSessions(): Promise<BrowserSession[]> {
    return (await this.#get('/371os/data/sessions', answers.browserSessions)).sessions;
  }

  /** Signs one of them out. @throws NotFoundError */
  async endDashboardSession(id: string): Promise<void> {
    const path = `/371os/data/sessions/${encodeURIComponent(id)}/end`;
    await this.#post(path, answers.endedSession);
  }

  #get<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    query?: Readonly<Record<string, string | undefined>>,
  ): Promise<z.output<Schema>> {
    const call = { method: 'GET', path, query, timeoutMs: this.#timeoutMs } as const;
    return request(this.#init, call, schema);
  }

  #post<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    body: object = {},
    timeoutMs = this.#timeoutMs,
  ): Promise<z.output<Schema>> {
    return request(this.#init, { method: 'POST', path, body, timeoutMs }, schema);
  }
}

interface LifeWaited extends LifeWait {
  readonly name: string;
  /** What is said to have come of it already. */
  readonly outcome: string | undefined;
}

/** Tells each thing once. */
class Progress {
  readonly #tell: LifeWait['onProgress'];
  #said = '';

  constructor(tell: LifeWait['onProgress']) {
    this.#tell = tell;
  }

  tell(words: string): void {
    if (words !== this.#said) this.#tell?.((this.#said = words));
  }
}

function wordsOf(seen: AgentStatus | 'no answer'): string {
  if (seen === 'no answer') return 'the server does not answer';
  return seen.agent.progress || seen.agent.state;
}

function lifePath(nameOrId: string): string {
  return `/lifecycle/agents/${encodeURIComponent(nameOrId)}`;
}
