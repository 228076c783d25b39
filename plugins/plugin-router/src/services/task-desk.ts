import {
  inConversation,
  KeyedQueue,
  startConversation,
  uuidSource,
  type Conversation,
  type PicoUsd,
  type Principal,
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
import { presentTasks } from '../domain/reply.ts';
import { outcomeOf, type TaskOutcome } from '../domain/task.ts';
import type { AgentDirectory, DecisionStore, RoomVoice, TaskQueue } from '../ports.ts';

/** A part of a request, with the agent that was chosen for it. */
export interface PlannedPart {
  readonly text: string;
  readonly choice: Choice;
  /** Positions of the earlier parts whose results it needs. */
  readonly dependsOn: readonly number[];
}

interface DeskComponents {
  readonly tasks: TaskQueue;
  readonly decisions: DecisionStore;
  readonly directory: AgentDirectory;
  readonly voice: RoomVoice;
  readonly costOf: (taskId: string) => Promise<PicoUsd>;
  readonly timeoutMs: number;
  readonly log: (problem: string, error: unknown) => void;
}

const UNTOLD_AT_ONCE = 1_000;

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
  #stopListening: (() => void) | undefined;

  constructor(components: DeskComponents) {
    this.#components = components;
  }

  /** Begins to work, and tells what a server that was stopped has not told. */
  async open(): Promise<void> {
    const { tasks, directory, decisions } = this.#components;
    this.#stopListening = tasks.onChange((task) => {
      this.#tellLater(task);
    });
    await Promise.all(directory.list().map(({ name }) => this.#employ(name)));
    for (const id of await decisions.listUntold(UNTOLD_AT_ONCE)) {
      const [task] = await this.#find(id);
      if (task) this.#tellLater(task);
    }
  }

  async close(): Promise<void> {
    this.#stopListening?.();
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
    const ids = parts.map(() => uuidSource());
    const { principal, isConfidential } = conversation;
    // The texts of several parts at once would run into one another.
    const heard = parts.length === 1 ? conversation : { ...conversation, onText: undefined };
    for (const id of ids) this.#awaited.set(id, heard);
    try {
      for (const { choice } of parts) await this.#employ(choice.agent);
      await this.#decide(parts, ids, roomId, conversation);
      await this.#components.tasks.submitAll(
        parts.map(({ text, choice, dependsOn }, position) => ({
          id: ids[position],
          agent: choice.agent,
          text,
          reason: choice.reason,
          requester: { id: principal.id, role: principal.role },
          roomId,
          isConfidential,
          dependsOn: dependsOn.flatMap((other) => ids[other] ?? []),
          timeoutMs: this.#components.timeoutMs,
        })),
      );
      return await this.#await(ids, conversation.signal);
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
    for (const [position, { text, choice }] of parts.entries())
      await this.#components.decisions.add(
        decisionOf(choice, {
          taskId: ids[position] ?? '',
          roomId,
          requesterId: principal.id,
          text,
          isConfidential,
        }),
      );
  }

  async #await(ids: readonly string[], signal: AbortSignal | undefined): Promise<Task[]> {
    const done: Task[] = [];
    for (const id of ids) {
      done.push(await this.#settled(id, done, signal));
    }
    return done;
  }

  // What needs a part that waits for something waits as long.
  async #settled(
    id: string,
    earlier: readonly Task[],
    signal: AbortSignal | undefined,
  ): Promise<Task> {
    const { tasks, timeoutMs } = this.#components;
    const task = await tasks.get(id);
    const isBlocked = earlier.some(
      (other) => task.dependsOn.includes(other.id) && !hasEnded(other.state),
    );
    if (isBlocked) return task;
    try {
      return await tasks.waitFor(id, { timeoutMs, signal });
    } catch (error) {
      if (error instanceof TaskNotEndedError) return tasks.get(id);
      throw error;
    }
  }

  async #employ(agent: string): Promise<void> {
    const worker =
      this.#workers.get(agent) ??
      this.#components.tasks.work(agent, (task, context) => this.#perform(task, context));
    this.#workers.set(agent, worker);
    await worker;
  }

  async #perform(
    task: Task,
    { signal, dependencies }: TaskContext,
  ): Promise<TaskOutcome & { costPico: PicoUsd }> {
    const { directory, decisions, costOf, timeoutMs } = this.#components;
    const asked = this.#awaited.get(task.id);
    if (!asked) await decisions.add(delegationOf(task));
    const own: Conversation = {
      ...(asked ?? startConversation({ principal: rememberedRequester(task) })),
      text: task.text,
      taskId: task.id,
      isConfidential: task.isConfidential,
      hops: Math.max(asked?.hops ?? 0, hopsOf(task)) + 1,
      trace: [],
      signal,
    };
    const answers = await inConversation(own, () =>
      directory.run({
        agent: task.agent,
        text: task.text,
        roomId: task.roomId,
        requesterId: task.requester.id,
        timeoutMs,
        background: dependencies.map(({ text, answer }) => `Done before: ${text}\n${answer}`),
      }),
    );
    const outcome = { ...outcomeOf(answers, own.trace), costPico: await costOf(task.id) };
    await decisions.finish(task.id, { ...outcome, calls: callsOf(own.trace) });
    asked?.trace.push(...own.trace);
    return outcome;
  }

  // A process that was killed may have decided on a task and not have kept it: then nobody waits.
  async #find(id: string): Promise<Task[]> {
    try {
      return [await this.#components.tasks.get(id)];
    } catch (error) {
      if (error instanceof UnknownTaskError) return [];
      throw error;
    }
  }

  #tellLater(task: Task): void {
    if (this.#awaited.has(task.id) || !(hasEnded(task.state) || isWaiting(task.state))) return;
    this.#telling
      .run(task.id, () => this.#tell(task))
      .catch((error: unknown) => {
        this.#components.log('somebody could not be told what became of their request', error);
      });
  }

  // Said first and noted then, so that no death in between leaves anybody without an answer.
  async #tell(task: Task): Promise<void> {
    const { decisions, voice } = this.#components;
    if (await decisions.wasTold(task.id, task.state)) return;
    await voice.sayOnce(task.roomId, presentTasks([task]), task.updatedAt);
    await decisions.noteTold(task.id, task.state);
  }
}

// Who asked was proved then, and not again: nothing can be approved on the strength of it.
function rememberedRequester({ requester }: Task): Principal {
  return { ...requester, proof: 'none' };
}

// Colleagues submit tasks of their own, and say how often the request was handed on before.
function hopsOf({ data }: Task): number {
  const hops = typeof data === 'object' && data !== null && 'hops' in data ? data['hops'] : 0;
  return typeof hops === 'number' ? hops : 0;
}

function delegationOf(task: Task): Decision {
  const { agent, reason, roomId, text, isConfidential } = task;
  const choice = { agent, reason, isAbstention: false, candidates: [] };
  const asked = { taskId: task.id, roomId, requesterId: task.requester.id, text, isConfidential };
  return decisionOf(choice, asked);
}
