import { createUniqueUuid, Service, type IAgentRuntime, type UUID } from '@elizaos/core';
import {
  BaseError,
  confidentialTwin,
  currentConversation,
  inConversation,
  record,
  runtimeSettings,
  readSettings,
  startConversation,
  SYSTEM,
  uuidSource,
  type Conversation,
  type Principal,
  type TraceEvent,
} from '@371os/kernel';
import { gatewayOf, type GatewayService } from '@371os/plugin-gateway';
import { treasuryOf, type TreasuryService } from '@371os/plugin-treasury';
import { RoomSpeaker } from '../adapters/room-speaker.ts';
import { RuntimeDirectory, runAgent } from '../adapters/runtime-directory.ts';
import { SqlDecisionStore } from '../adapters/sql-decision-store.ts';
import { SqlTaskStore, type SqlExecutor } from '../adapters/sql-task-store.ts';
import {
  chooseAgent,
  normaliseVector,
  rankCandidates,
  type Choice,
} from '../domain/choose-agent.ts';
import { outcomeOf, type Task } from '../domain/task.ts';
import { NobodyToAskError, RouterNotReadyError, UnknownAgentError } from '../errors.ts';
import type {
  AgentDirectory,
  DecisionStore,
  DirectoryEntry,
  RoomVoice,
  TaskStore,
} from '../ports.ts';
import { routerSettings, type RouterSettings } from '../settings.ts';
import { callsOf, decisionOf, quote, type Decision } from '../domain/decision.ts';
import { presentTask, replyOf, type Reply } from '../domain/reply.ts';
import { ExampleIndex } from './example-index.ts';

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
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Conversation['onProgress'];
  readonly onText?: Conversation['onText'];
}

/** One line of a room's history. */
export interface RoomLine {
  readonly from: string;
  readonly text: string;
}

interface Components {
  readonly settings: RouterSettings;
  readonly tasks: TaskStore;
  readonly decisions: DecisionStore;
  readonly directory: AgentDirectory;
  readonly examples: ExampleIndex;
  readonly gateway: GatewayService;
  readonly treasury: TreasuryService;
  readonly voice: RoomVoice;
}

const LANGUAGE_MODEL = 'language-model';
const ABANDONED =
  'The server stopped while this was being worked on, so it was not finished. Ask again to have it done.';

/** Brings each request to the right agent, keeps the task, and answers with cost and reason. */
export class RouterService extends Service {
  static override serviceType = ROUTER_SERVICE;
  override capabilityDescription = 'Routes requests to the right agent of the company.';

  #components: Components | undefined;
  #failure: unknown;
  #stopListening: (() => void) | undefined;
  #resuming: Promise<void> = Promise.resolve();

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
    await this.#resuming;
  }

  /** Has the front desk, or this agent when it is one, answer a person's message. */
  async ask(request: Request): Promise<Reply> {
    const conversation = startConversation({
      principal: request.principal,
      signal: request.signal,
      onProgress: request.onProgress,
      onText: request.onText,
    });
    const roomId = this.#personRoom(request);
    const { settings } = this.#ready();
    const { agent } = request;
    const answers = await inConversation(conversation, async () =>
      agent === undefined
        ? runAgent(this.runtime, {
            agent: this.runtime.character.name,
            text: request.text,
            roomId,
            requesterId: request.principal.id,
            timeoutMs: settings.ROUTER_TASK_TIMEOUT_MS * 2,
          })
        : [presentTask(await this.route(request.text, roomId, agent))],
    );
    return replyOf(answers, conversation.trace);
  }

  /**
   * Chooses an agent for a request, unless one is named, has it done there, and returns the
   * finished task.
   * @throws UnknownAgentError, NobodyToAskError
   */
  async route(text: string, roomId: string, agent?: string): Promise<Task> {
    const { tasks, decisions } = this.#ready();
    const conversation = currentConversation() ?? startConversation({ principal: SYSTEM });
    const choice = agent === undefined ? await this.#choose(text) : this.#named(agent);
    record({ kind: 'routing', text, ...choice });
    const task: Task = {
      id: uuidSource(),
      agent: choice.agent,
      text,
      state: 'WORKING',
      answer: '',
      model: 'none',
      costPico: 0n,
      reason: choice.reason,
      requester: { id: conversation.principal.id, role: conversation.principal.role },
      roomId,
      isConfidential: conversation.isConfidential,
    };
    await tasks.add(task);
    await decisions.add(
      decisionOf(choice, {
        taskId: task.id,
        roomId,
        requesterId: task.requester.id,
        text,
        isConfidential: task.isConfidential,
      }),
    );
    return this.#work(task, conversation);
  }

  /** The newest tasks that a person may see. */
  async listTasks(principal: Principal, limit = 20): Promise<Task[]> {
    return this.#ready().tasks.listFor(principal, limit);
  }

  /** Why the newest requests of a person went where they went, newest first. */
  async lastDecisions(
    where: { requesterId: string; roomId?: string | undefined },
    limit: number,
  ): Promise<Decision[]> {
    return this.#ready().decisions.last(where, limit);
  }

  /** Keeps what became of the tasks in a conversation's record. */
  async keepOutcomes(trace: readonly TraceEvent[]): Promise<void> {
    const { decisions } = this.#ready();
    for (const event of trace) {
      if (event.kind !== 'task') continue;
      const { id, state, costPico } = event['task'] as Task;
      const calls = callsOf(trace.filter(({ taskId }) => taskId === id));
      await decisions.finish(id, { state, costPico, calls });
    }
  }

  /** The agents that take requests. */
  listAgents(): DirectoryEntry[] {
    return this.#ready().directory.list();
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
    const settings = readSettings(routerSettings, runtimeSettings(runtime));
    if (!settings.ROUTER_FRONT_DESK) return;
    const gateway = await gatewayOf(runtime);
    const database = (runtime as { db: SqlExecutor }).db;
    this.#components = {
      settings,
      gateway,
      treasury: await treasuryOf(runtime),
      tasks: new SqlTaskStore(database),
      decisions: new SqlDecisionStore(database),
      directory: new RuntimeDirectory(runtime),
      examples: new ExampleIndex(gateway),
      voice: new RoomSpeaker(runtime),
    };
    this.#stopListening = gateway.onModelsChanged(() => this.#resumeWaiting());
    await this.#tellAbandoned();
    if (gateway.hasLanguageModel()) this.#resumeWaiting();
  }

  #ready(): Components {
    if (this.#components) return this.#components;
    if (BaseError.isInstance(this.#failure)) throw this.#failure;
    throw new RouterNotReadyError();
  }

  async #choose(text: string): Promise<Choice> {
    const { settings, examples, directory, gateway } = this.#ready();
    const [vector] = await gateway.embed([text]);
    const candidates = await examples.candidates(directory.list());
    const choice = chooseAgent(rankCandidates(normaliseVector(vector ?? []), candidates), {
      minimumScore: settings.ROUTER_MIN_SIMILARITY_PERCENT / 100,
      triageRole: settings.ROUTER_TRIAGE_ROLE,
    });
    if (!choice) throw new NobodyToAskError();
    return choice;
  }

  #named(agent: string): Choice {
    const entries = this.#ready().directory.list();
    const wanted = agent.toLowerCase();
    const entry =
      entries.find(({ name, role }) =>
        [name, role].some((word) => word.toLowerCase() === wanted),
      ) ?? entries.find(({ name }) => name.toLowerCase().split(' ').includes(wanted));
    if (!entry) throw new UnknownAgentError({ agent, known: entries.map(({ name }) => name) });
    return { agent: entry.name, reason: 'you asked for it', isAbstention: false, candidates: [] };
  }

  async #work(task: Task, parent: Conversation): Promise<Task> {
    const { directory, settings, tasks, treasury } = this.#ready();
    const own: Conversation = {
      ...parent,
      text: task.text,
      taskId: task.id,
      hops: parent.hops + 1,
      trace: [],
    };
    const answers = await inConversation(own, () =>
      directory.run({
        agent: task.agent,
        text: task.text,
        roomId: task.roomId,
        requesterId: task.requester.id,
        timeoutMs: settings.ROUTER_TASK_TIMEOUT_MS,
      }),
    );
    const outcome = outcomeOf(answers, own.trace);
    const costPico = await treasury.taskCost(task.id);
    await tasks.finish(task.id, outcome, costPico);
    const finished: Task = { ...task, ...outcome, costPico };
    parent.trace.push(...own.trace, { kind: 'task', task: finished });
    return finished;
  }

  #resumeWaiting(): void {
    this.#resuming = this.#resuming
      .then(() => this.#workOffWaiting())
      .catch((error: unknown) => {
        this.runtime.logger.error({ src: 'router', error }, 'waiting tasks could not go on');
      });
  }

  async #workOffWaiting(): Promise<void> {
    const { tasks, gateway, voice } = this.#ready();
    for (const id of await tasks.listWaiting(LANGUAGE_MODEL)) {
      if (!gateway.hasLanguageModel()) return;
      const task = await tasks.claim(id);
      if (!task) continue;
      const { requester, isConfidential } = task;
      const principal: Principal = { ...requester, proof: 'none' };
      const finished = await this.#work(task, startConversation({ principal, isConfidential }));
      if (finished.state !== 'INPUT_REQUIRED') await voice.say(task.roomId, presentTask(finished));
    }
  }

  async #tellAbandoned(): Promise<void> {
    const { tasks, voice } = this.#ready();
    for (const task of await tasks.failAbandoned(ABANDONED))
      await voice.say(task.roomId, `${quote(task)}: ${ABANDONED}`);
  }

  #personRoom({ principal, room }: Pick<Request, 'principal' | 'room'>): UUID {
    return createUniqueUuid(this.runtime, `${principal.id}:${room}`);
  }
}
