import {
  isSecretSetting,
  KeyedQueue,
  problemOfAgentSetting,
  type IdSource,
  type PicoUsd,
  type SettingValue,
} from '@371os/kernel';
import {
  saga,
  SagaUndoneError,
  type Outcome,
  type Saga,
  type Task,
  type TaskContext,
  type TasksService,
} from '@371os/plugin-tasks';
import type { Approval, Approvals } from '@371os/plugin-treasury';
import { hasLeft, type AgentRecord } from '../domain/agent-record.ts';
import { checkName } from '../domain/agent-name.ts';
import {
  composeCharacter,
  rolesOf,
  templateFor,
  type CharacterTemplates,
} from '../domain/character-template.ts';
import {
  CREATION_KIND,
  creationPlanSchema,
  creationSummary,
  type CreationPlan,
} from '../domain/creation-plan.ts';
import { readCreationRequest, type CreationRequest } from '../domain/creation-request.ts';
import {
  AgentStateError,
  InvalidCreationError,
  NobodyEndedError,
  TooManyAgentsError,
  UnknownLifeError,
} from '../errors/lives.ts';
import type { AgentRunner } from '../ports/agent-runner.ts';
import type { Hosting } from '../ports/hosting.ts';
import type { IdentityBook } from '../ports/identity-book.ts';
import { findAgent, findAgentNamed, listAgents } from '../store/agent-store.ts';
import type { Database } from '../store/database.ts';
import { lifeKey, LIFECYCLE_WORKER, type Asked } from './agent-work.ts';
import { CreationSaga, type CreationSagaComponents } from './creation-saga.ts';

export interface CreationsComponents extends Omit<CreationSagaComponents, 'admit'> {
  readonly database: Database;
  readonly tasks: TasksService;
  readonly approvals: Approvals;
  readonly identities: IdentityBook;
  readonly hosting: Hosting;
  readonly runner: AgentRunner;
  readonly templates: CharacterTemplates;
  readonly mostAgents: number;
  readonly newId: IdSource;
}

/** A plan with what is said about it. */
export interface PlannedCreation {
  readonly plan: CreationPlan;
  /** For the person who approves it, a line each. */
  readonly lines: readonly string[];
  /** The most that it may cost at once and in its first month, as far as prices are known. */
  readonly worstPico: PicoUsd;
  /** Whether all of it has a known price. */
  readonly isPriced: boolean;
}

const SAGAS = 'lifecycle/create/';
const CREATION_TIMEOUT_MS = 3_600_000;
const MOST_ATTEMPTS = 3;

/** How agents come to be: planned, approved, made. */
export class Creations {
  readonly #components: CreationsComponents;
  readonly #entrance = new KeyedQueue();

  constructor(components: CreationsComponents) {
    this.#components = components;
  }

  /**
   * What would be made; nothing is, and nothing is paid.
   * @throws InvalidCreationError, NameTakenError, TooManyAgentsError, NobodyEndedError, and what
   *   planning a registration or a deployment throws
   */
  async plan(raw: unknown): Promise<PlannedCreation> {
    const request = readCreationRequest(raw);
    const before = await this.#former(request);
    await this.#checkRoom(request.name);
    const { templates, newId, runner } = this.#components;
    const agentId = before?.id ?? newId();
    const wanted = withFormer(request, before, raw as Partial<CreationRequest>);
    const character = composeCharacter(agentId, wanted, templates);
    checkPlugins(character['plugins']);
    checkSettings(character['settings']);
    const problem = runner.problemOf(character);
    if (problem !== undefined) throw new InvalidCreationError({ field: 'character', problem });
    const { role } = templateFor(templates, wanted.agentType);
    const generation = (before?.generation ?? 0) + 1;
    return this.#quoted({ version: 1, agentId, generation, request: wanted, role, character });
  }

  /** Keeps a plan until a person approves it. */
  async ask({ plan, worstPico }: PlannedCreation, asked: Asked): Promise<Approval> {
    return this.#components.approvals.request({
      ...{ kind: CREATION_KIND, plan, summary: creationSummary(plan), amountPico: worstPico },
      ...asked,
    });
  }

  /** Begins what was approved, once. */
  async begin({ id, plan, digest, requester, room }: Approval): Promise<Task> {
    const { tasks, approvals } = this.#components;
    const { request, agentId, generation } = creationPlanSchema.parse(plan);
    const key = lifeKey({ id: agentId, generation });
    const task = await tasks.submit({
      ...{ agent: LIFECYCLE_WORKER, roomId: room ?? '', isConfidential: false },
      ...{ timeoutMs: CREATION_TIMEOUT_MS, maxAttempts: MOST_ATTEMPTS },
      text: `Create the agent ${request.name}`,
      requester: { id: requester, role: 'admin' },
      idempotencyKey: `${SAGAS}${key}`,
      data: { work: 'create', key, agentId, plan: JSON.stringify(plan) },
    });
    await approvals.consume(id, digest);
    return task;
  }

  /** Does the tasks that {@link begin} submits. */
  async perform(
    task: Task,
    { key, plan: text }: { key: string; plan: string },
    { signal }: Pick<TaskContext, 'signal'>,
  ): Promise<Outcome> {
    const plan = creationPlanSchema.parse(JSON.parse(text));
    const { requester, roomId } = task;
    const failure = await this.#carryOut({ key, plan, requesterId: requester.id, roomId, signal });
    if (failure !== undefined) {
      const answer = `The agent ${plan.request.name} was not created; nothing of it is left. ${failure}`;
      return { state: 'FAILED', answer };
    }
    const agent = await findAgent(this.#components.database, plan.agentId);
    if (!agent) throw new UnknownLifeError({ name: plan.request.name, known: [] });
    return { state: 'COMPLETED', answer: createdWords(agent) };
  }

  /** Goes on with creations that nobody carries out any more, as when taking one back had failed. */
  async goOn(): Promise<void> {
    const { tasks, database } = this.#components;
    const abandoned = new Set(await tasks.listAbandonedSagas(SAGAS));
    if (abandoned.size === 0) return;
    for (const agent of await listAgents(database, { isOverToo: true })) {
      const { plan, requesterId, roomId, id } = agent;
      if (!plan) continue;
      const key = lifeKey({ id, generation: plan.generation });
      if (!abandoned.has(`${SAGAS}${key}`)) continue;
      await this.#carryOut({
        key,
        plan,
        requesterId,
        roomId,
        signal: AbortSignal.timeout(CREATION_TIMEOUT_MS),
      });
    }
  }

  async #carryOut(
    init: ConstructorParameters<typeof CreationSaga>[1],
  ): Promise<string | undefined> {
    try {
      const making = new CreationSaga({ ...this.#components, admit: this.#admit }, init);
      await saga(this.#components.tasks, named(init.key, making));
      return undefined;
    } catch (error) {
      if (error instanceof SagaUndoneError) return error.failure;
      throw error;
    }
  }

  async #former({ from }: CreationRequest): Promise<AgentRecord | undefined> {
    if (from === undefined) return undefined;
    const { database } = this.#components;
    const before = await findAgentNamed(database, from);
    if (!before) {
      const over = (await listAgents(database, { isOverToo: true })).filter(hasLeft);
      throw new NobodyEndedError({ name: from, ended: over.map(({ name }) => name) });
    }
    const { name, state } = before;
    if (!hasLeft(before)) throw new AgentStateError({ name, state, wish: 'brought back' });
    return before;
  }

  // Others may have been approved since this one was planned.
  readonly #admit: CreationSagaComponents['admit'] = (name, enter) =>
    this.#entrance.run('all', async () => {
      await this.#checkRoom(name);
      await enter();
    });

  async #checkRoom(name: string): Promise<void> {
    const { database, mostAgents, templates } = this.#components;
    const living = await listAgents(database);
    checkName(name, living, rolesOf(templates));
    if (living.length >= mostAgents) throw new TooManyAgentsError({ most: mostAgents });
  }

  async #quoted(bare: CreationPlan): Promise<PlannedCreation> {
    const { identities, hosting } = this.#components;
    const { agentId, generation, character, request } = bare;
    const { name, register, resources } = request;
    const isRegistered = register ?? (await identities.isOpen());
    const identity = isRegistered
      ? await identities.quote({ agentId, name, character })
      : undefined;
    const hosted = { id: agentId, name, generation, character, modelCapUsd: request.allowanceUsd };
    const place =
      request.hosting === 'akash'
        ? await hosting.quote(hosted as Parameters<Hosting['quote']>[0], resources)
        : undefined;
    const plan = {
      ...bare,
      ...(identity ? { publication: identity.publication } : {}),
      ...(place ? { hosting: place.plan } : {}),
    };
    const worstPico = (identity?.worstPico ?? 0n) + (place?.monthlyPico ?? 0n);
    return {
      // As it will be read back: what is undefined is gone.
      plan: creationPlanSchema.parse(JSON.parse(JSON.stringify(plan))),
      lines: [...linesOf(bare), ...(identity?.lines ?? []), ...(place?.lines ?? [])],
      worstPico,
      isPriced: identity === undefined || identity.worstPico !== undefined,
    };
  }
}

function named(key: string, steps: CreationSaga): Saga {
  return { id: `${SAGAS}${key}`, steps: steps.steps() };
}

// What was said of it when it was made counts, where nobody says otherwise now.
function withFormer(
  request: CreationRequest,
  before: AgentRecord | undefined,
  said: Partial<CreationRequest>,
): CreationRequest {
  const former = before?.plan?.request;
  if (!former) return request;
  return {
    ...former,
    ...request,
    agentType: request.agentType ?? former.agentType,
    capabilities: request.capabilities.length > 0 ? request.capabilities : former.capabilities,
    economicTerms: request.economicTerms ?? former.economicTerms,
    character: request.character ?? former.character,
    settings: { ...former.settings, ...request.settings },
    hosting: said.hosting ?? former.hosting,
    resources: said.resources ?? former.resources,
  };
}

const PACKAGE = /^(@[a-z\d][\w.-]*\/)?[a-z\d][\w.-]*$/;

// A path would let whoever writes a character have any file of this machine run.
function checkPlugins(plugins: unknown): void {
  for (const plugin of Array.isArray(plugins) ? (plugins as unknown[]) : [])
    if (typeof plugin !== 'string' || !PACKAGE.test(plugin))
      throw new InvalidCreationError({
        field: 'character.plugins',
        problem: 'plugins are named by their package',
      });
}

// A second front desk would create and end agents, too, and one alone would have no colleagues.
const NOT_GIVEN = ['ROUTER_FRONT_DESK', 'ROUTER_ALONE'];

function checkSettings(settings: unknown): void {
  for (const [name, value] of Object.entries(settings as Record<string, unknown>)) {
    const problem = NOT_GIVEN.includes(name)
      ? 'the company has one front desk: leave it out'
      : isValue(value)
        ? problemOfAgentSetting(name, value)
        : undefined;
    if (problem !== undefined)
      throw new InvalidCreationError({ field: `settings.${name}`, problem });
  }
}

function isValue(value: unknown): value is SettingValue {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

// What is a secret is told to be there, and no more.
function settingLines({ settings, character }: CreationRequest): string[] {
  const own = Object.entries(settings).map(([name, value]) =>
    isSecretSetting(name) ? `${name} (a secret)` : `${name}=${String(value)}`,
  );
  const fields = Object.keys(character ?? {});
  return [
    ...(own.length > 0 ? [`- its settings: ${own.join(', ')}`] : []),
    ...(fields.length > 0 ? [`- of its character it says itself: ${fields.join(', ')}`] : []),
  ];
}

function linesOf({ request, role, agentId }: CreationPlan): string[] {
  const { hosting, economicTerms, capabilities } = request;
  return [
    `- role: ${role}; id ${agentId}`,
    ...(capabilities.length > 0 ? [`- capabilities: ${capabilities.join(', ')}`] : []),
    ...(economicTerms ? [`- price: ${economicTerms.rate} ${economicTerms.currency} a task`] : []),
    hosting === 'akash'
      ? '- runs on Akash, in a place of its own'
      : '- runs in this company’s process',
    ...settingLines(request),
  ];
}

function createdWords({ name, role, registration, placement }: AgentRecord): string {
  const registered = registration
    ? `\n- registered: ${registration.globalId}, ipfs://${registration.cid}, transaction ${registration.transactionHash}`
    : '';
  const hosted = placement
    ? `\n- runs at ${placement.endpoint}: deployment ${placement.dseq} at ${placement.provider}, at most $${placement.monthlyUsd} a month`
    : '';
  return `${name} (${role}) is ready.${registered}${hosted}`;
}
