import { createUniqueUuid, Service, type IAgentRuntime, type UUID } from '@elizaos/core';
import {
  agentSettings,
  BaseError,
  confidentialTwin,
  currentConversation,
  hasRole,
  inConversation,
  record,
  refuseNewWork,
  RoomSpeaker,
  startConversation,
  SYSTEM,
  systemClock,
  type Conversation,
  type Principal,
  type TraceEvent,
} from '@371os/kernel';
import { gatewayOf, type GatewayService } from '@371os/plugin-gateway';
import { hasEnded, tasksOf, UnknownTaskError } from '@371os/plugin-tasks';
import { treasuryOf } from '@371os/plugin-treasury';
import { RuntimeAgents, runAgent } from '../adapters/runtime-agents.ts';
import { ModelSplitAdvisor } from '../adapters/model-split-advisor.ts';
import { loadRoutingModel } from '../adapters/routing-model-file.ts';
import { SqlDecisionStore, type SqlExecutor } from '../adapters/sql-decision-store.ts';
import { availabilityOf, type Availability, type FailingRule } from '../domain/availability.ts';
import type { Choice, Department } from '../domain/choose-agent.ts';
import type { DirectoryEntry } from '../domain/directory-entry.ts';
import { MOST_HOPS } from '../domain/task-chain.ts';
import { withAnswer, type RoutedTask } from '../domain/task.ts';
import {
  GivenBackError,
  RouterNotReadyError,
  TaskIdTakenError,
  TooManyHopsError,
  UnknownAgentError,
  UnnamedAgentError,
} from '../errors.ts';
import type { DecisionStore, RoomBriefer, SplitAdvisor, TaskQueue } from '../ports.ts';
import { routerSettings, type RouterSettings } from '../settings.ts';
import type { Decision } from '../domain/decision.ts';
import { BY_RULES, type SplitRecord } from '../domain/reading.ts';
import { presentTasks, replyOf, tasksIn, type Reply } from '../domain/reply.ts';
import { AgentChooser, type Common } from './agent-chooser.ts';
import { agentClaims } from './agent-claims.ts';
import { goOnWithModels } from './go-on-with-models.ts';
import { ancestryOf } from './ancestry.ts';
import { CompanyDirectory } from './company-directory.ts';
import { RequestReader, type ReadPart } from './request-reader.ts';
import { TaskDesk, type PlannedPart } from './task-desk.ts';

export const ROUTER_SERVICE = 'router';

declare module '@elizaos/core' {
  interface ServiceTypeRegistry {
    ROUTER: 'router';
  }
}

/** A request that a person makes of the company. */
export interface Request {
  readonly text: string;
  readonly principal: Principal;
  /** The person's name for the conversation; each person has their own of each name. */
  readonly room: string;
  /** The agent to talk to; the front desk chooses when it is not given. */
  readonly agent?: string | undefined;
  /** The id that the task gets, a UUID: asked again under it, it is the same task. With an agent only. */
  readonly task?: string | undefined;
  /** What the agent should know beside the text. With an agent only. */
  readonly context?: string | undefined;
  /** How often it has been handed on before it came here, as whoever brings it says; 0 by default. */
  readonly hops?: number | undefined;
  /** Ids of the tasks that it comes from, of this company and others, as whoever brings it says. */
  readonly origins?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Conversation['onProgress'];
  readonly onText?: Conversation['onText'];
}

/** What a request names by itself. */
export interface Named extends Pick<Request, 'agent' | 'task' | 'context'> {
  /** Why it goes to that agent; by default since somebody asked for it. */
  readonly reason?: string | undefined;
  /** Not cut into parts, also where no agent is named. */
  readonly isWhole?: boolean | undefined;
  /** No rule may do it, though one may fit its words: it waits for a language model. */
  readonly needsModel?: boolean | undefined;
}

/** One line of a room's history. */
export interface RoomLine {
  readonly from: string;
  readonly text: string;
}

/** An agent as the company's list shows it. */
export interface ListedAgent extends DirectoryEntry {
  readonly availability: Availability;
}

interface Components {
  readonly settings: RouterSettings;
  readonly failing: FailingRule;
  readonly tasks: TaskQueue;
  readonly desk: TaskDesk;
  readonly decisions: DecisionStore;
  readonly directory: CompanyDirectory;
  readonly chooser: AgentChooser;
  readonly gateway: GatewayService;
  readonly reader: RequestReader;
  readonly advisor: SplitAdvisor;
}

// Beside its colleagues' time: reading the request, choosing, keeping the tasks.
const OWN_WORK_MS = 60_000;

/** Brings each request to the right agent, keeps the task, and answers with cost and reason. */
export class RouterService extends Service {
  static override serviceType = ROUTER_SERVICE;
  override capabilityDescription = 'Routes requests to the right agent of the company.';

  #components: Components | undefined;
  #failure: unknown;
  #stopListening: (() => void) | undefined;
  readonly #briefers = new Set<RoomBriefer>();

  static override async start(runtime: IAgentRuntime): Promise<RouterService> {
    const service = new RouterService(runtime);
    try {
      await service.#open(runtime);
    } catch (error) {
      // Throwing here would end the whole process; every later call says what was wrong instead.
      service.#failure = error;
      runtime.logger.error({ src: 'router', error }, 'the router could not start');
    }
    return service;
  }

  override async stop(): Promise<void> {
    this.#stopListening?.();
    await this.#components?.desk.close();
    this.#components?.directory.close();
  }

  /**
   * Who there is. Agents of this process are in it by themselves; others join with a source of
   * theirs, and requests can go to them at once.
   * @throws RouterNotReadyError, and why the router could not start
   */
  get directory(): Pick<CompanyDirectory, 'join' | 'list' | 'rest'> {
    return this.#ready().directory;
  }

  /** Has somebody tell what holds for the requests of rooms. Returns what ends that. */
  brief(briefer: RoomBriefer): () => void {
    this.#briefers.add(briefer);
    return () => this.#briefers.delete(briefer);
  }

  /** Whether requests come in here; the others hand theirs on. */
  get isOpen(): boolean {
    return this.#components !== undefined;
  }

  /** Has the front desk, or this agent when it is one, answer a person's message. */
  async ask(request: Request): Promise<Reply> {
    const conversation = startConversation({
      principal: request.principal,
      hops: request.hops ?? 0,
      origins: request.origins,
      taskId: await this.#knownOrigin(request.origins ?? []),
      signal: request.signal,
      onProgress: request.onProgress,
      onText: request.onText,
    });
    const roomId = this.#personRoom(request);
    const { settings } = this.#ready();
    const { text, task, context } = request;
    const agent =
      request.agent ?? (settings.ROUTER_ALONE ? this.runtime.character.name : undefined);
    if (agent === undefined && (task ?? context) !== undefined) throw new UnnamedAgentError();
    if (!text.trimStart().startsWith('/')) refuseNewWork();
    const answers = await inConversation(conversation, async () =>
      agent === undefined
        ? runAgent(this.runtime, {
            agent: this.runtime.character.name,
            text,
            roomId,
            requesterId: request.principal.id,
            timeoutMs: settings.ROUTER_TASK_TIMEOUT_MS + OWN_WORK_MS,
          })
        : [presentTasks(await this.route(text, roomId, { agent, task, context }))],
    );
    const reply = replyOf(answers, conversation.trace);
    if (agent !== undefined) await this.keepOutcomes(conversation.trace);
    return reply;
  }

  /**
   * Chooses an agent for each part of a request, unless one is named, has them done, and returns
   * the tasks, ended or waiting.
   * @throws UnknownAgentError, NobodyToAskError, TooManyHopsError, GivenBackError, TaskIdTakenError
   */
  async route(text: string, roomId: string, named: Named = {}): Promise<RoutedTask[]> {
    const conversation = currentConversation() ?? startConversation({ principal: SYSTEM });
    const parts = await this.#plan(text, roomId, conversation, named);
    const [first] = parts;
    if (first) record({ kind: 'split', parts: parts.length, ...first.record.split });
    for (const { text: words, choice, record: said } of parts) {
      const { relation, condition, context, note } = said;
      record({ kind: 'routing', text: words, ...choice, relation, condition, context, note });
    }
    const tasks = await this.#ready().desk.do(parts, roomId, conversation);
    const shown = tasks.map(withAnswer);
    for (const task of shown) record({ kind: 'task', task });
    return shown;
  }

  /**
   * Which parts a request has and which agent takes each, with nothing done or kept yet.
   * @throws NobodyToAskError, GivenBackError, and what the embedder throws
   */
  async decide(
    text: string,
    common: Common = { answered: [], isConfidential: false },
  ): Promise<PlannedPart[]> {
    const { reader, directory, chooser, advisor } = this.#ready();
    const { parts: read, split } = await reader.consult(text, advisor);
    if (read.length <= 1) return this.#whole(text, read[0], common, split);
    const asked = read.map((part) => ({ ...plannedPart(part, split), department: part }));
    const parts = (await chooser.choose(asked, common)).map(withNote);
    if (new Set(parts.map(({ choice }) => choice.agent)).size > 1) return parts;
    // One who does all the parts, and has a rule that reads the whole request, gets it whole.
    const whole = await this.#whole(text, undefined, common, split);
    const isOneAgents = whole[0]?.choice.agent === parts[0]?.choice.agent;
    const canWhole = await directory.canByRule(whole[0]?.choice.agent ?? '', text);
    return isOneAgents && canWhole ? whole : parts;
  }

  /** Whether anybody can do what is asked by a rule, without a language model. */
  async canByRule(text: string): Promise<boolean> {
    const { directory } = this.#ready();
    const able = directory.profiles().map(({ name }) => directory.canByRule(name, text));
    return (await Promise.all(able)).includes(true);
  }

  /** How many parts a request has by rules; 0 when it is blank. @throws what the embedder throws */
  async countParts(text: string): Promise<number> {
    return (await this.#ready().reader.read(text)).length;
  }

  async #whole(
    text: string,
    department: Department | undefined,
    common: Common,
    split: SplitRecord,
  ): Promise<PlannedPart[]> {
    const part = { text, department, dependsOn: [], record: { split } };
    return this.#ready().chooser.choose([part], common);
  }

  async #plan(
    text: string,
    roomId: string,
    conversation: Conversation,
    named: Named,
  ): Promise<PlannedPart[]> {
    const { hops, isConfidential, taskId, principal } = conversation;
    try {
      if (hops >= MOST_HOPS) throw new TooManyHopsError({ hops });
      const chain = await ancestryOf(this.#ready().tasks, taskId);
      const answered = chain.map((task) => task.agent);
      const { context, triageRole } = await this.#briefing(roomId);
      const common = { answered, isConfidential, triageRole };
      if (named.task !== undefined) await this.#refuseTaken(named.task, principal);
      const parts = await this.#choose(text, named, common);
      return parts.map((part) => withContext(part, [context, named.context]));
    } catch (error) {
      if (error instanceof TooManyHopsError || error instanceof GivenBackError)
        record({ kind: 'routing-refused', code: error.code, sentence: error.message });
      throw error;
    }
  }

  async #choose(text: string, named: Named, common: Common): Promise<PlannedPart[]> {
    const { agent, task: id, reason, isWhole, needsModel } = named;
    if (agent === undefined && !isWhole) return this.decide(text, common);
    const record = { split: BY_RULES, needsModel };
    if (agent !== undefined)
      return [{ id, text, choice: this.#named(agent, reason), dependsOn: [], record }];
    const whole = await this.#whole(text, undefined, common, BY_RULES);
    return whole.map((part) => ({ ...part, id, record }));
  }

  async #briefing(roomId: string): Promise<{ context?: string; triageRole?: string | undefined }> {
    const briefings = await Promise.all([...this.#briefers].map((briefer) => briefer(roomId)));
    const context = briefings.flatMap((briefing) => briefing?.context ?? []).join('\n\n');
    return { context, triageRole: briefings.find((one) => one?.triageRole)?.triageRole };
  }

  /** The newest tasks that a person may see: their own, or everybody's for the owner. */
  async listTasks(principal: Principal, limit = 20): Promise<RoutedTask[]> {
    const all = hasRole(principal, 'owner');
    return this.#ready().tasks.list({ limit, ...(all ? {} : { requesterId: principal.id }) });
  }

  /**
   * A task that a person may see, by its id or the only one that begins so.
   * @throws UnknownTaskError, AmbiguousTaskError
   */
  async findTask(principal: Principal, prefix: string): Promise<RoutedTask> {
    const { tasks } = this.#ready();
    const task = await tasks.get(await tasks.findId(prefix));
    // To a stranger, another person's task is as unknown as one that never was.
    if (task.requester.id === principal.id || hasRole(principal, 'owner')) return task;
    throw new UnknownTaskError({ id: prefix });
  }

  /** Ends a task that a person may see, and its parts. @throws UnknownTaskError, TaskEndedError */
  async cancelTask(principal: Principal, prefix: string): Promise<RoutedTask> {
    const { id } = await this.findTask(principal, prefix);
    return this.#ready().tasks.cancel(id, principal);
  }

  /** Why the newest requests of a person, or of everybody, went where they went, newest first. */
  async lastDecisions(
    where: { requesterId?: string | undefined; rooms?: readonly string[] | undefined },
    limit: number,
  ): Promise<Decision[]> {
    return this.#ready().decisions.last(where, limit);
  }

  /** The asker has been answered: keeps what became of the tasks in the conversation's record. */
  async keepOutcomes(trace: readonly TraceEvent[]): Promise<void> {
    const { decisions, desk } = this.#ready();
    const tasks = tasksIn(trace);
    for (const { id, state, costPico } of tasks)
      await decisions.finish(id, { state, costPico, calls: [] });
    await desk.told(tasks);
  }

  /** The agents that take requests, with how available each is now. */
  async listAgents(): Promise<ListedAgent[]> {
    const { directory, failing } = this.#ready();
    const entries = await directory.list();
    return entries.map((entry) => ({
      ...entry,
      availability: availabilityOf(entry, failing, systemClock()),
    }));
  }

  /** What was said in a person's room, in private too, oldest first. */
  async history(principal: Principal, room: string, limit: number): Promise<RoomLine[]> {
    const { runtime } = this;
    const roomId = createUniqueUuid(runtime, `router:${this.#personRoom({ principal, room })}`);
    const memories = await runtime.getMemoriesByRoomIds({
      tableName: 'messages',
      roomIds: [roomId, confidentialTwin(runtime, roomId)],
      limit,
    });
    return memories
      .filter(({ content }) => Boolean(content.text) && content['type'] !== 'action_result')
      .sort((left, right) => (left.createdAt ?? 0) - (right.createdAt ?? 0))
      .map(({ entityId, content }) => ({
        from: entityId === runtime.agentId ? runtime.character.name : 'you',
        text: content.text ?? '',
      }));
  }

  async #open(runtime: IAgentRuntime): Promise<void> {
    const settings = agentSettings(routerSettings, runtime);
    if (!settings.ROUTER_FRONT_DESK && !settings.ROUTER_ALONE) return;
    const gateway = await gatewayOf(runtime);
    const treasury = await treasuryOf(runtime);
    const tasks = await tasksOf(runtime);
    const decisions = new SqlDecisionStore((runtime as { db: SqlExecutor }).db);
    const directory = new CompanyDirectory(tasks, agentClaims());
    directory.join(new RuntimeAgents(runtime));
    const failing = failingRule(settings);
    const log = (problem: string, error: unknown): void => {
      runtime.logger.error({ src: 'router', error }, problem);
    };
    const desk = new TaskDesk({
      tasks,
      decisions,
      directory,
      voice: new RoomSpeaker(runtime),
      costOf: (taskId) => treasury.taskCost(taskId),
      hasLanguageModel: (where) => gateway.hasLanguageModel(where),
      timeoutMs: settings.ROUTER_TASK_TIMEOUT_MS,
      keepDays: settings.ROUTER_KEEP_DAYS,
      clock: systemClock,
      log,
    });
    const model = loadRoutingModel();
    const reader = new RequestReader(gateway, model);
    const advisor = new ModelSplitAdvisor({
      runtime,
      triageRole: settings.ROUTER_TRIAGE_ROLE,
      timeoutMs: () => settings.ROUTER_SPLIT_TIMEOUT_MS,
    });
    const chooser = new AgentChooser({
      embedder: gateway,
      directory,
      failing,
      minimumScore: () => settings.ROUTER_MIN_SIMILARITY_PERCENT / 100,
      triageRole: settings.ROUTER_TRIAGE_ROLE,
      model,
      clock: systemClock,
    });
    this.#components = {
      settings,
      failing,
      gateway,
      tasks,
      desk,
      decisions,
      directory,
      chooser,
      reader,
      advisor,
    };
    await desk.open();
    this.#stopListening = goOnWithModels({ gateway, tasks, log });
  }

  #ready(): Components {
    if (this.#components) return this.#components;
    if (BaseError.isInstance(this.#failure)) throw this.#failure;
    throw new RouterNotReadyError();
  }

  #named(agent: string, reason = 'you asked for it'): Choice {
    const entries = this.#ready().directory.profiles();
    const wanted = agent.toLowerCase();
    const entry =
      entries.find(({ name, role }) =>
        [name, role].some((word) => word.toLowerCase() === wanted),
      ) ?? entries.find(({ name }) => name.toLowerCase().split(' ').includes(wanted));
    if (!entry) throw new UnknownAgentError({ agent, known: entries.map(({ name }) => name) });
    return { agent: entry.name, reason, isAbstention: false, candidates: [] };
  }

  // What comes back to this company belongs to the task that sent it out, as long as that is open.
  async #knownOrigin(origins: readonly string[]): Promise<string | undefined> {
    for (const id of origins.toReversed()) {
      const [known] = await this.#ready().desk.find(id);
      if (known && !hasEnded(known.state)) return known.id;
    }
    return undefined;
  }

  // A task of somebody else's is no answer to this request, and none of this asker's business.
  async #refuseTaken(id: string, principal: Principal): Promise<void> {
    const [known] = await this.#ready().desk.find(id);
    if (known && known.requester.id !== principal.id) throw new TaskIdTakenError({ id });
  }

  #personRoom({ principal, room }: Pick<Request, 'principal' | 'room'>): UUID {
    return createUniqueUuid(this.runtime, `${principal.id}:${room}`);
  }
}

function plannedPart(
  { text, dependsOn, relation, condition, context, note }: ReadPart,
  split: SplitRecord,
): Omit<PlannedPart, 'choice'> {
  return { text, dependsOn, record: { relation, condition, context, note, split } };
}

function withContext(part: PlannedPart, more: readonly (string | undefined)[]): PlannedPart {
  const { record: own } = part;
  const context = [...more, own.context].filter(Boolean).join('\n\n');
  return context === '' ? part : { ...part, record: { ...own, context } };
}

// As it is at each look.
function failingRule(settings: RouterSettings): FailingRule {
  return {
    get failuresInARow() {
      return settings.ROUTER_FAILING_AFTER;
    },
    get forMs() {
      return settings.ROUTER_FAILING_FOR_MS;
    },
  };
}

// What the person should know stands where they read why it went where it went.
function withNote(part: PlannedPart): PlannedPart {
  const { choice, record: own } = part;
  if (own.note === undefined) return part;
  return { ...part, choice: { ...choice, reason: `${choice.reason}; ${own.note}` } };
}
