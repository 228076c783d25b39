import {
  inConversation,
  KeyedQueue,
  startConversation,
  uuidSource,
  type Clock,
  type Conversation,
  type PicoUsd,
  type Principal,
  type TraceEvent,
} from '@371os/kernel';
import {
  hasEnded,
  isWaiting,
  TaskNotEndedError,
  UnknownTaskError,
  type Task,
  type TaskContext,
} from '@371os/plugin-tasks';
import type { Choice } from '../domain/choose-agent.ts';
import { callsOf, decisionOf, type Decision } from '../domain/decision.ts';
import {
  backgroundOf,
  instructionsIn,
  readInstructions,
  skippedOutcome,
  unjudged,
  type Instructions,
} from '../domain/instructions.ts';
import { BY_RULES, type PartRecord } from '../domain/reading.ts';
import { presentTasks } from '../domain/reply.ts';
import { startOrder } from '../domain/split/dependencies.ts';
import { refusalOf } from '../domain/task-chain.ts';
import { outcomeOf, type TaskOutcome } from '../domain/task.ts';
import type { AgentDirectory, DecisionStore, RoomVoice, TaskQueue } from '../ports.ts';
import { ancestryOf } from './ancestry.ts';

/** A part of a request, with the agent that was chosen for it. */
export interface PlannedPart {
  /** Of its task; a new one by default. One that there is already gives that task. */
  readonly id?: string | undefined;
  readonly text: string;
  readonly choice: Choice;
  /** Positions of the parts whose results it needs; never in a circle. */
  readonly dependsOn: readonly number[];
  readonly record: PartRecord;
}

interface DeskComponents {
  readonly tasks: TaskQueue;
  readonly decisions: DecisionStore;
  readonly directory: AgentDirectory;
  readonly voice: RoomVoice;
  readonly costOf: (taskId: string) => Promise<PicoUsd>;
  readonly hasLanguageModel: (where: { isConfidential: boolean }) => boolean;
  readonly timeoutMs: number;
  readonly keepDays: number;
  readonly clock: Clock;
  readonly log: (problem: string, error: unknown) => void;
}

const UNTOLD_AT_ONCE = 1_000;
const PRUNE_EVERY_MS = 3_600_000;
const CUT_SHORT: readonly string[] = ['FAILED', 'CANCELED'];

/**
 * Has the parts of requests done as durable tasks, and sees to it that whoever asked is told what
 * became of each: in the answer while they wait for it, else in their room.
 */
export class TaskDesk {
  readonly #components: DeskComponents;
  // Requests whose asker waits for the answer now.
  readonly #awaited = new Map<string, Conversation>();
  readonly #workers = new Map<string, Promise<() => Promise<void>>>();
  readonly #telling = new KeyedQueue();
  readonly #staffing = new KeyedQueue();
  readonly #stops: (() => void)[] = [];

  constructor(components: DeskComponents) {
    this.#components = components;
  }

  /** Begins to work, and tells what a server that was stopped has not told. */
  async open(): Promise<void> {
    const { tasks, directory, decisions } = this.#components;
    const timer = setInterval(() => {
      this.#prune();
    }, PRUNE_EVERY_MS).unref();
    this.#stops.push(
      () => {
        clearInterval(timer);
      },
      tasks.onChange((task) => {
        this.#follow(task);
      }),
      directory.onChange(() => {
        this.#staff().catch((error: unknown) => {
          this.#components.log('an agent that came or went was not given its work', error);
        });
      }),
    );
    await this.#staff();
    for (const id of await decisions.listUntold(UNTOLD_AT_ONCE)) {
      const [task] = await this.find(id);
      if (task) this.#follow(task);
    }
    this.#prune();
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    for (const worker of this.#workers.values()) await (await worker)();
  }

  /**
   * Has parts done, each by its agent, and returns them once they have ended or wait. Whoever calls
   * it tells the asker, and then says so by {@link told}.
   */
  async do(
    parts: readonly PlannedPart[],
    roomId: string,
    conversation: Conversation,
  ): Promise<Task[]> {
    const ids = parts.map(({ id }) => id ?? uuidSource());
    // The texts of several parts at once would run into one another.
    const heard = parts.length === 1 ? conversation : { ...conversation, onText: undefined };
    for (const id of ids) this.#awaited.set(id, heard);
    try {
      await this.#staff();
      await this.#decide(parts, ids, roomId, conversation);
      await this.#submit(parts, ids, roomId, conversation);
      return await this.#await(parts, ids, conversation.signal);
    } catch (error) {
      // Nobody waits any more: what becomes of them is told in the room.
      for (const id of ids) this.#awaited.delete(id);
      throw error;
    }
  }

  /** The asker has been told of these tasks as they are. */
  async told(tasks: readonly { id: string; state: string }[]): Promise<void> {
    for (const { id, state } of tasks) {
      await this.#components.decisions.noteTold(id, state);
      this.#awaited.delete(id);
    }
  }

  async #decide(
    parts: readonly PlannedPart[],
    ids: readonly string[],
    roomId: string,
    { principal, isConfidential }: Conversation,
  ): Promise<void> {
    for (const [position, { text, choice, record: part }] of parts.entries())
      await this.#components.decisions.add(
        decisionOf(choice, {
          taskId: ids[position] ?? '',
          roomId,
          requesterId: principal.id,
          text,
          isConfidential,
          part,
        }),
      );
  }

  async #submit(
    parts: readonly PlannedPart[],
    ids: readonly string[],
    roomId: string,
    { principal, isConfidential, taskId, hops }: Conversation,
  ): Promise<void> {
    const { tasks, timeoutMs } = this.#components;
    const [parent] = await ancestryOf(tasks, taskId);
    await tasks.submitAll(
      parts.map(({ text, choice, dependsOn, record: part }, position) => ({
        id: ids[position],
        agent: choice.agent,
        text,
        reason: choice.reason,
        requester: { id: principal.id, role: principal.role },
        roomId,
        isConfidential,
        parentId: parent?.id,
        dependsOn: dependsOn.flatMap((other) => ids[other] ?? []),
        timeoutMs,
        data: { hops: hops + 1, ...instructionsIn(part) },
      })),
    );
  }

  // The asker waits as long for all of them as for one.
  async #await(
    parts: readonly PlannedPart[],
    ids: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Task[]> {
    const { timeoutMs, clock } = this.#components;
    const deadlineMs = clock() + timeoutMs;
    const done = new Map<number, Task>();
    for (const position of startOrder(parts.map(({ dependsOn }) => dependsOn))) {
      const leftMs = Math.max(1, deadlineMs - clock());
      const wait = { timeoutMs: leftMs, signal };
      const task = await this.#settled(ids[position] ?? '', [...done.values()], wait);
      done.set(position, await this.#withCost(task));
    }
    return parts.flatMap((_, position) => done.get(position) ?? []);
  }

  // What needs a part that waits for something waits as long.
  async #settled(
    id: string,
    earlier: readonly Task[],
    wait: { timeoutMs: number; signal: AbortSignal | undefined },
  ): Promise<Task> {
    const { tasks } = this.#components;
    const task = await tasks.get(id);
    const isBlocked = earlier.some(
      (other) => task.dependsOn.includes(other.id) && !hasEnded(other.state),
    );
    if (isBlocked) return task;
    try {
      return await tasks.waitFor(id, wait);
    } catch (error) {
      if (error instanceof TaskNotEndedError) return tasks.get(id);
      throw error;
    }
  }

  // Whoever is here works; what comes for the others waits in their queues until they are back.
  async #staff(): Promise<void> {
    await this.#staffing.run('staff', async () => {
      const here = this.#components.directory.profiles().filter(({ isThere }) => isThere);
      const names = new Set(here.map(({ name }) => name));
      for (const { name, concurrency } of here) await this.#employ(name, concurrency);
      for (const [name, worker] of this.#workers) if (!names.has(name)) this.#dismiss(name, worker);
    });
  }

  async #employ(agent: string, concurrency: number): Promise<void> {
    const { tasks } = this.#components;
    const worker =
      this.#workers.get(agent) ??
      tasks.work(agent, (task, context) => this.#perform(task, context), { concurrency });
    this.#workers.set(agent, worker);
    await worker;
  }

  // What it works on now may still end, so nobody waits for that here.
  #dismiss(agent: string, worker: Promise<() => Promise<void>>): void {
    this.#workers.delete(agent);
    worker
      .then((stop) => stop())
      .catch((error: unknown) => {
        this.#components.log('an agent that went was not relieved of its work', error);
      });
  }

  async #perform(task: Task, context: TaskContext): Promise<TaskOutcome & { costPico: PicoUsd }> {
    const { tasks, decisions } = this.#components;
    const asked = this.#awaited.get(task.id);
    if (!asked) await decisions.add(delegationOf(task));
    const ancestors = await ancestryOf(tasks, task.parentId);
    const hops = Math.max((asked?.hops ?? 0) + 1, hopsOf(task), ancestors.length + 1);
    const given = ancestors.map(({ agent }) => agent);
    const refusal = refusalOf(task.agent, given, hops);
    if (refusal)
      return this.#conclude(task, { state: 'REJECTED', answer: refusal.message, model: 'none' });
    const instructions = readInstructions(task.data);
    if (!this.#canJudge(task, instructions)) return this.#conclude(task, unjudged(instructions));
    const own: Conversation = {
      ...(asked ?? startConversation({ principal: rememberedRequester(task) })),
      text: task.text,
      taskId: task.id,
      isConfidential: task.isConfidential,
      hops,
      trace: [],
      signal: context.signal,
    };
    try {
      const answers = await inConversation(own, () => this.#run(task, context));
      context.signal.throwIfAborted();
      const outcome = skippedOutcome(outcomeOf(answers, own.trace), instructions);
      return await this.#conclude(task, outcome, own.trace);
    } catch (error) {
      if (context.signal.aborted) await this.#noteLate(task.id, own.trace);
      throw error;
    } finally {
      asked?.trace.push(...own.trace);
    }
  }

  // A rule would do it whether the condition holds or not; agents elsewhere know for themselves.
  #canJudge({ agent, isConfidential }: Task, { condition }: Instructions): boolean {
    const { directory, hasLanguageModel } = this.#components;
    if (condition === undefined || hasLanguageModel({ isConfidential })) return true;
    return directory.profiles().some(({ name, isLocal }) => name === agent && !isLocal);
  }

  #run(task: Task, { dependencies }: TaskContext): Promise<string[]> {
    return this.#components.directory.run({
      agent: task.agent,
      text: task.text,
      roomId: task.roomId,
      requesterId: task.requester.id,
      timeoutMs: this.#components.timeoutMs,
      background: backgroundOf(readInstructions(task.data), dependencies),
    });
  }

  async #conclude(
    task: Task,
    outcome: TaskOutcome,
    trace: readonly TraceEvent[] = [],
  ): Promise<TaskOutcome & { costPico: PicoUsd }> {
    const { decisions, costOf } = this.#components;
    const whole = { ...outcome, costPico: await costOf(task.id) };
    await decisions.finish(task.id, { ...whole, calls: callsOf(trace) });
    return whole;
  }

  // The task went on or ended without this attempt, which has cost something all the same.
  async #noteLate(id: string, trace: readonly TraceEvent[]): Promise<void> {
    const { tasks, decisions } = this.#components;
    const { state, costPico } = await this.#withCost(await tasks.get(id));
    await decisions.finish(id, { state, costPico, calls: callsOf(trace) });
  }

  // Whoever ended a task from outside could not know what had been spent on it.
  async #withCost(task: Task): Promise<Task> {
    const { tasks, costOf } = this.#components;
    if (!CUT_SHORT.includes(task.state)) return task;
    const costPico = await costOf(task.id);
    if (costPico > task.costPico) await tasks.keepCost(task.id, costPico);
    return { ...task, costPico };
  }

  /** The task of an id, or nothing: a process that was killed may have decided on it and not kept it. */
  async find(id: string): Promise<Task[]> {
    try {
      return [await this.#components.tasks.get(id)];
    } catch (error) {
      if (error instanceof UnknownTaskError) return [];
      throw error;
    }
  }

  #follow(task: Task): void {
    if (!(hasEnded(task.state) || isWaiting(task.state))) return;
    this.#telling
      .run(task.id, async () => {
        const costed = await this.#withCost(task);
        if (!this.#awaited.has(task.id)) await this.#tell(costed);
      })
      .catch((error: unknown) => {
        this.#components.log('somebody could not be told what became of their request', error);
      });
  }

  // Said first and noted then, so that no death in between leaves anybody without an answer.
  async #tell(task: Task): Promise<void> {
    const { decisions, voice } = this.#components;
    const { id, state, costPico } = task;
    if (await decisions.wasTold(id, state)) return;
    await decisions.finish(id, { state, costPico, calls: [] });
    await voice.sayOnce(task.roomId, presentTasks([task]), task.updatedAt);
    await decisions.noteTold(id, state);
  }

  #prune(): void {
    const { decisions, keepDays, log } = this.#components;
    decisions.prune(keepDays).catch((error: unknown) => {
      log('old decisions were not forgotten', error);
    });
  }
}

// Who asked was proved then, and not again: nothing can be approved on the strength of it.
function rememberedRequester({ requester }: Task): Principal {
  return { ...requester, proof: 'none' };
}

// Colleagues submit tasks of their own, and say how often the request was handed on by then.
function hopsOf({ data }: Task): number {
  const hops = typeof data === 'object' && data !== null && 'hops' in data ? data['hops'] : 0;
  return typeof hops === 'number' ? hops : 0;
}

function delegationOf(task: Task): Decision {
  const { agent, reason, roomId, text, isConfidential } = task;
  const choice = { agent, reason, isAbstention: false, candidates: [] };
  const part = { split: BY_RULES };
  const requesterId = task.requester.id;
  const asked = { taskId: task.id, roomId, requesterId, text, isConfidential, part };
  return decisionOf(choice, asked);
}
