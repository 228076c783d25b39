import { setTimeout as pause } from 'node:timers/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Service, type ElizaOS, type IAgentRuntime } from '@elizaos/core';
import {
  agentSettings,
  BaseError,
  explainError,
  messageSettings,
  NoServerTokenError,
  RateLimit,
  runtimeSettings,
  serviceOf,
  systemClock,
  uuidSource,
  withinTime,
} from '@371os/kernel';
import { problemOfAddress, registryOf, registryName } from '@371os/plugin-registry';
import { routerOf, routerSettings, type RouterService } from '@371os/plugin-router';
import { tasksOf, type TasksService } from '@371os/plugin-tasks';
import { treasuryOf } from '@371os/plugin-treasury';
import { a2aApp, type NodeHandler } from '../adapters/a2a/a2a-app.ts';
import { AgentCards, type ShownAgent } from '../adapters/a2a/agent-cards.ts';
import { cardKeyFrom, type CardKey } from '../adapters/a2a/card-key.ts';
import { postNotifications } from '../adapters/a2a/post-notification.ts';
import { ANOTHER_ORGANISATION, RemoteAgents } from '../adapters/a2a/remote-agents.ts';
import { RemoteClient } from '../adapters/a2a/remote-client.ts';
import { RemoteDirectory } from '../adapters/a2a/remote-directory.ts';
import { isVouchedFor, namedRemotes } from '../adapters/a2a/named-remotes.ts';
import { CompanyRequestHandler } from '../adapters/a2a/request-handler.ts';
import { Seal } from '../adapters/a2a/seal.ts';
import { agentSlug } from '../domain/a2a/agent-slug.ts';
import { ownerStatement, type CardOwner } from '../domain/a2a/card-owner.ts';
import { ContextNotReadyError } from '../errors/context.ts';
import { CoordinationMissingError } from '../errors/store.ts';
import { a2aSettings, type A2aSettings } from '../settings/a2a.ts';
import { mcpSettings } from '../settings/mcp.ts';
import { Database, type SqlExecutor } from '../store/database.ts';
import { SqlRemoteTaskStore } from '../store/remote-task-store.ts';
import { SqlWebhookStore } from '../store/webhook-store.ts';
import { once } from '../domain/once.ts';
import { accessOf } from './access-of.ts';
import { RemoteWatch } from './a2a/remote-watch.ts';
import { WebhookSender } from './a2a/webhook-sender.ts';
import { companyUrl } from './company-url.ts';
import { contextOf, isServing } from './context-service.ts';

declare module '@elizaos/core' {
  interface ServiceTypeRegistry {
    COORDINATION_A2A: 'coordination-a2a';
  }
}

/** The name under which an agent finds what it offers and uses over A2A. */
export const A2A_SERVICE = 'coordination-a2a';

const PATH = '/coordination/a2a';
const VERSION = '0.1.0';
const OWN_WORK_MS = 60_000;
const OWNER_MS = 5_000;
const OWNER_KEPT_MS = 300_000;
const MOST_BIO = 1_000;

/** Has the agents of the company answer others over A2A 1.0. */
export class A2aService extends Service {
  static override readonly serviceType = A2A_SERVICE;
  override readonly capabilityDescription =
    'Has agents of other organisations ask agents of this one.';

  #opening: Promise<NodeHandler> | undefined;
  readonly #closers: (() => unknown)[] = [];

  // What it needs may start after it, so nothing is waited for here.
  static override start(runtime: IAgentRuntime): Promise<A2aService> {
    const service = new A2aService(runtime);
    service.#beginServing().catch((error: unknown) => {
      runtime.logger.error({ src: 'coordination:a2a', error }, explainError(error));
    });
    return Promise.resolve(service);
  }

  override async stop(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    for (const close of this.#closers.splice(0).reverse()) await close();
  }

  // Who only uses servers of elsewhere has this plugin, too.
  async #beginServing(): Promise<void> {
    if (isServing(this.runtime)) await this.#begin();
  }

  /** Answers a request below `/coordination/a2a`. @throws why it could not start */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const handle = await this.#begin();
    handle(request, response);
  }

  // What could not be opened now, as when another plugin is late, is tried again when asked for.
  async #begin(): Promise<NodeHandler> {
    this.#opening ??= this.#open();
    return this.#opening.catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
  }

  async #open(): Promise<NodeHandler> {
    const { runtime } = this;
    const ownerToken = runtimeSettings(runtime)('ELIZA_SERVER_AUTH_TOKEN');
    if (typeof ownerToken !== 'string' || ownerToken === '') throw new NoServerTokenError();
    const settings = agentSettings(a2aSettings, runtime);
    const { work } = await (await contextOf(runtime)).work();
    const router = await routerOf(runtime);
    const tasks = await tasksOf(runtime);
    const database = new Database(runtime.db as SqlExecutor);
    const webhooks = new SqlWebhookStore(database, new Seal(ownerToken));
    const isLoopbackAllowed = settings.COORDINATION_A2A_LOOPBACK;
    const sender = await this.#openSender(tasks, webhooks, isLoopbackAllowed);
    await this.#openRemote(settings, database, { router, tasks });
    const cards = this.#cards(ownerToken);
    const limit = new RateLimit(settings.COORDINATION_A2A_PER_MINUTE, systemClock);
    const { MESSAGE_MAX_BYTES: mostBytes } = agentSettings(messageSettings, runtime);
    const { ROUTER_TASK_TIMEOUT_MS: taskMs } = agentSettings(routerSettings, runtime);
    const handlerFor = (agent: ShownAgent): CompanyRequestHandler =>
      new CompanyRequestHandler({
        ...{ agent: agent.name, isFrontDesk: agent.name === runtime.character.name },
        card: async () => (await cards.cardOf(agent)).card,
        ...{ work, tasks, webhooks, mostBytes, newId: uuidSource },
        onWebhook: (taskId) => {
          sender.look(taskId);
        },
        problemOfAddress: (url) =>
          URL.canParse(url)
            ? problemOfAddress(new URL(url), { isLoopbackAllowed })
            : 'it is no address',
        patienceMs: taskMs + OWN_WORK_MS,
      });
    return a2aApp({
      ...{ path: PATH, cards, handlerFor, mostBytes, log: this.#log },
      agentAt: (slug) => this.#agentAt(router, slug),
      authenticate: (headers) => accessOf(runtime, headers),
      limit: (principalId) => {
        limit.take(principalId);
      },
    });
  }

  async #openSender(
    tasks: TasksService,
    webhooks: SqlWebhookStore,
    isLoopbackAllowed: boolean,
  ): Promise<WebhookSender> {
    const sender = new WebhookSender({
      ...{ tasks, webhooks, log: this.#log, post: postNotifications(isLoopbackAllowed) },
      pause: async (ms, signal) => pause(ms, undefined, { signal }),
    });
    this.#closers.push(() => {
      sender.stop();
    });
    await sender.start();
    return sender;
  }

  async #openRemote(
    settings: A2aSettings,
    database: Database,
    { router, tasks }: { router: RouterService; tasks: TasksService },
  ): Promise<void> {
    const log = this.#log;
    const client = new RemoteClient({
      isLoopbackAllowed: settings.COORDINATION_A2A_LOOPBACK,
      tokenFor: tokensIn(settings.COORDINATION_A2A_SECRETS),
    });
    const directory = new RemoteDirectory({
      ...{ client, clock: systemClock, log },
      named: () => namedRemotes(this.runtime, settings, log),
      isVouchedFor: (owner, key, origin) => isVouchedFor(this.runtime, owner, { key, origin }),
    });
    const store = new SqlRemoteTaskStore(database);
    const treasury = await treasuryOf(this.runtime);
    const remote = new RemoteAgents({ directory, client, store, treasury });
    const watch = new RemoteWatch({
      ...{ tasks, store, remote, log },
      waitsFor: ANOTHER_ORGANISATION,
    });
    const leave = router.directory.join(remote);
    directory.start();
    watch.start();
    this.#closers.push(() => {
      watch.stop();
      directory.stop();
      leave();
    });
  }

  #cards(ownerToken: string): AgentCards {
    const { runtime } = this;
    const settings = agentSettings(mcpSettings, runtime);
    const key = once(() => cardKeyFrom(ownerToken));
    const { origin } = new URL(companyUrl(runtime));
    let known: { readonly owner: CardOwner | undefined; readonly atMs: number } | undefined;
    return new AgentCards({
      ...{ baseUrl: `${origin}${PATH}`, version: VERSION, key, clock: systemClock },
      organisation: settings.COORDINATION_ORGANISATION,
      owner: async (of) => {
        if (known === undefined || systemClock() - known.atMs > OWNER_KEPT_MS)
          known = { owner: await this.#owner(of, origin), atMs: systemClock() };
        return known.owner;
      },
    });
  }

  // Cards are signed all the same where there is no wallet, or the registry cannot be reached.
  async #owner({ kid }: CardKey, origin: string): Promise<CardOwner | undefined> {
    const { runtime } = this;
    if (!runtime.plugins.some(({ name }) => name === 'registry')) return undefined;
    try {
      const registry = await registryOf(runtime);
      if (!registry.hasWallet || !registry.hasNetwork) return undefined;
      const { reference } = registry.network.identities;
      const account = registry.account();
      const { signer } = await withinTime(account, OWNER_MS, () => new ContextNotReadyError());
      const statement = ownerStatement({ key: kid, origin }, reference);
      return {
        ...{ registry: registryName(reference), wallet: signer.address },
        signature: await signer.signTypedData(statement),
      };
    } catch (error) {
      this.#log('the cards are signed without the wallet', error);
      return undefined;
    }
  }

  async #agentAt(router: RouterService, slug: string | undefined): Promise<ShownAgent | undefined> {
    const { name } = this.runtime.character;
    if (slug === undefined || slug === agentSlug(name))
      return this.#shown(name, 'front desk', [], []);
    const agents = await router.listAgents();
    const found = agents.find(
      (agent) => agentSlug(agent.name) === slug && (agent.isLocal || agent.isElsewhere === true),
    );
    return found && this.#shown(found.name, found.role, found.capabilities, found.examples);
  }

  #shown(
    name: string,
    role: string,
    capabilities: readonly string[],
    examples: readonly string[],
  ): ShownAgent {
    // Whatever ElizaOS runs in, its own class is behind the narrow type.
    const elizaOS = this.runtime.elizaOS as ElizaOS | undefined;
    const bio = elizaOS?.getAgentByName(name)?.character.bio ?? `${name} (${role})`;
    const description = [bio].flat().join(' ').slice(0, MOST_BIO);
    return { name, slug: agentSlug(name), role, description, capabilities, examples };
  }

  readonly #log = (problem: string, error: unknown): void => {
    const level = BaseError.isInstance(error) ? 'warn' : 'error';
    this.runtime.logger[level]({ src: 'coordination:a2a', error }, problem);
  };
}

function tokensIn(
  secrets: Readonly<Record<string, string>>,
): (origin: string) => string | undefined {
  const tokens = new Map(
    Object.entries(secrets).map(([url, token]) => [new URL(url).origin, token]),
  );
  return (origin) => tokens.get(origin);
}

/** What an agent offers over A2A, once the service has started. @throws CoordinationMissingError */
export function a2aOf(runtime: IAgentRuntime): Promise<A2aService> {
  return serviceOf<A2aService>(runtime, {
    type: A2A_SERVICE,
    plugin: 'coordination',
    missing: () => new CoordinationMissingError({ agent: runtime.character.name }),
  });
}
