import type { IncomingMessage, ServerResponse } from 'node:http';
import { Service, type ElizaOS, type IAgentRuntime } from '@elizaos/core';
import {
  agentSettings,
  BaseError,
  explainError,
  guestNamed,
  OWNER,
  RateLimit,
  secretsEqual,
  serviceOf,
  systemClock,
  UnauthorizedError,
} from '@371os/kernel';
import { routerOf, routerSettings } from '@371os/plugin-router';
import { tasksOf } from '@371os/plugin-tasks';
import { treasuryOf } from '@371os/plugin-treasury';
import { BridgeSocket } from '../adapters/context/bridge-socket.ts';
import { CompanyContext } from '../adapters/context/company-context.ts';
import { loadGptTokens } from '../adapters/context/gpt-tokens.ts';
import { knownSecrets } from '../adapters/context/known-secrets.ts';
import { LoopbackListener } from '../adapters/context/loopback-listener.ts';
import { wholeAccess, type Access } from '../domain/access/access.ts';
import { once } from '../domain/once.ts';
import { asHttp } from '../errors/as-http.ts';
import { ContextNotReadyError } from '../errors/context.ts';
import { CoordinationMissingError } from '../errors/store.ts';
import type { Colleagues, Work } from '../ports/work.ts';
import { contextSettings, type ContextSettings } from '../settings/context.ts';
import { Database, type SqlExecutor } from '../store/database.ts';
import { SqlNoteStore } from '../store/note-store.ts';
import { answerContext, type HttpAnswer, type HttpQuestion } from './context/answer-context.ts';
import { Bridge } from './context/bridge.ts';
import { ContextDesk } from './context/context-desk.ts';
import { CompanyWork } from './work/company-work.ts';

declare module '@elizaos/core' {
  interface ServiceTypeRegistry {
    COORDINATION_CONTEXT: 'coordination-context';
  }
}

/** The name under which an agent finds the context that it gives to programs. */
export const CONTEXT_SERVICE = 'coordination-context';

const PATH = '/agent-context';
const BRIDGE_PATH = '/agent-bridge';
const REQUESTS_PER_MINUTE = 240;

interface Components {
  readonly desk: ContextDesk;
  readonly work: CompanyWork;
  readonly company: CompanyContext;
  readonly bridge: Bridge;
}

/**
 * Gives programs the context of agents, and has agents work for them: over HTTP, the bridge, and for
 * other parts of this plugin.
 */
export class ContextService extends Service {
  static override readonly serviceType = CONTEXT_SERVICE;
  override readonly capabilityDescription = 'Gives programs the context of agents.';

  readonly #limit = new RateLimit(REQUESTS_PER_MINUTE, systemClock);
  readonly #closers: (() => unknown)[] = [];
  #components: Components | undefined;
  #opening: Promise<void> | undefined;
  #failure: unknown;

  // What it needs may start after it, so nothing is waited for here.
  static override start(runtime: IAgentRuntime): Promise<ContextService> {
    const service = new ContextService(runtime);
    service.#opening = service.#open().catch((error: unknown) => {
      service.#failure = error;
      runtime.logger.error({ src: 'coordination:context', error }, explainError(error));
    });
    return Promise.resolve(service);
  }

  override async stop(): Promise<void> {
    await this.#opening;
    for (const close of this.#closers.splice(0).reverse()) await close();
    this.#components = undefined;
  }

  /** The answer to `GET /agent-context`, an error's too. */
  async answer(access: Access, question: HttpQuestion): Promise<HttpAnswer> {
    try {
      this.#limit.take(access.principal.id);
      const { desk } = await this.#ready();
      return await answerContext(access, question, { desk, clock: systemClock });
    } catch (error) {
      this.runtime.logger.warn({ src: 'coordination:context', error }, 'no context was given');
      return asHttp(error);
    }
  }

  /** @throws ContextNotReadyError, and why it could not start */
  async work(): Promise<{ readonly work: Work; readonly colleagues: Colleagues }> {
    const { work, company } = await this.#ready();
    return { work, colleagues: company };
  }

  async #ready(): Promise<Components> {
    await this.#opening;
    if (this.#components) return this.#components;
    if (BaseError.isInstance(this.#failure)) throw this.#failure;
    throw new ContextNotReadyError();
  }

  async #open(): Promise<void> {
    const { runtime } = this;
    // Who only uses servers of elsewhere has this plugin, too.
    if (!isServing(runtime)) return;
    const settings = agentSettings(contextSettings, runtime);
    const components = await this.#compose();
    this.#components = components;
    await components.work.start();
    this.#closers.push(() => components.work.stop());
    if (settings.ELECTRON_BRIDGE_TOKEN === undefined) return;
    components.bridge.start();
    this.#closers.push(() => {
      components.bridge.stop();
    });
    await this.#listen(settings, components.bridge);
  }

  async #compose(): Promise<Components> {
    const { runtime } = this;
    const log = (problem: string, error: unknown): void => {
      runtime.logger.warn({ src: 'coordination:context', error }, problem);
    };
    const router = await routerOf(runtime);
    const tasks = await tasksOf(runtime);
    const treasury = await treasuryOf(runtime);
    const notes = new SqlNoteStore(new Database(runtime.db as SqlExecutor));
    const company = new CompanyContext({ frontDesk: runtime, router, tasks, notes });
    const work = new CompanyWork({
      ...{ frontDesk: runtime, router, tasks, log },
      costOf: (taskId) => treasury.taskCost(taskId),
      timeoutMs: agentSettings(routerSettings, runtime).ROUTER_TASK_TIMEOUT_MS,
    });
    const desk = new ContextDesk({
      ...{ source: company, clock: systemClock },
      tokens: once(loadGptTokens),
      // Whatever ElizaOS runs in, its own class is behind the narrow type.
      secrets: () =>
        knownSecrets((runtime.elizaOS as ElizaOS | undefined)?.getAgents() ?? [runtime]),
    });
    const bridge = new Bridge({
      ...{ work, tasks, desk, notes, colleagues: company, limit: this.#limit, log },
    });
    return { desk, work, company, bridge };
  }

  async #listen(settings: ContextSettings, bridge: Bridge): Promise<void> {
    const {
      COORDINATION_CONTEXT_PORT: contextPort,
      COORDINATION_BRIDGE_PORT: bridgePort,
      COORDINATION_BRIDGE_ORIGINS: origins,
    } = settings;
    const authenticate = (request: IncomingMessage): Access => programOf(request, settings);
    const socket = new BridgeSocket({ path: BRIDGE_PATH, authenticate, door: bridge });
    this.#closers.push(() => {
      socket.close();
    });
    const log = (problem: string, error: unknown): void => {
      this.runtime.logger.warn({ src: 'coordination:context', error }, problem);
    };
    const answer = (request: IncomingMessage, response: ServerResponse): Promise<void> =>
      this.#answerProgram(request, response, authenticate);
    const upgrade = contextPort === bridgePort ? socket.upgrade : undefined;
    await this.#openPort(
      new LoopbackListener({
        ...{ port: contextPort, setting: 'COORDINATION_CONTEXT_PORT', origins, log },
        ...{ answer, upgrade },
      }),
    );
    if (contextPort === bridgePort) return;
    await this.#openPort(
      new LoopbackListener({
        ...{ port: bridgePort, setting: 'COORDINATION_BRIDGE_PORT', origins, log },
        upgrade: socket.upgrade,
      }),
    );
  }

  // One port that cannot be had takes nothing else with it.
  async #openPort(listener: LoopbackListener): Promise<void> {
    try {
      await listener.open();
      this.#closers.push(() => listener.close());
    } catch (error) {
      this.runtime.logger.error({ src: 'coordination:context', error }, explainError(error));
    }
  }

  async #answerProgram(
    request: IncomingMessage,
    response: ServerResponse,
    authenticate: (request: IncomingMessage) => Access,
  ): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname !== PATH || !['GET', 'HEAD'].includes(request.method ?? '')) {
      response.writeHead(404, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ error: { code: 'NOT_FOUND', message: `Ask GET ${PATH}.` } }));
      return;
    }
    const ifNoneMatch = request.headers['if-none-match'];
    const query = Object.fromEntries(searchParams);
    const answer = await this.#answerAsked(() => authenticate(request), { query, ifNoneMatch });
    response.writeHead(answer.status, answer.headers);
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  }

  #answerAsked(authenticate: () => Access, question: HttpQuestion): Promise<HttpAnswer> {
    try {
      return this.answer(authenticate(), question);
    } catch (error) {
      return Promise.resolve(asHttp(error));
    }
  }
}

/** Who a program is, by the token of the bridge. @throws UnauthorizedError */
function programOf(
  { headers: { authorization } }: IncomingMessage,
  { ELECTRON_BRIDGE_TOKEN: token, COORDINATION_BRIDGE_AS: as }: ContextSettings,
): Access {
  const bearer = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined || bearer === undefined || !secretsEqual(bearer, token))
    throw new UnauthorizedError();
  return wholeAccess(as === 'owner' ? OWNER : guestNamed(as));
}

/** Whether an agent is one that programs ask: a front desk, or one that stands alone. */
export function isServing(runtime: IAgentRuntime): boolean {
  const { ROUTER_FRONT_DESK, ROUTER_ALONE } = agentSettings(routerSettings, runtime);
  return ROUTER_FRONT_DESK || ROUTER_ALONE;
}

/** The context that an agent gives, once the service has started. @throws CoordinationMissingError */
export function contextOf(runtime: IAgentRuntime): Promise<ContextService> {
  return serviceOf<ContextService>(runtime, {
    type: CONTEXT_SERVICE,
    plugin: 'coordination',
    missing: () => new CoordinationMissingError({ agent: runtime.character.name }),
  });
}
