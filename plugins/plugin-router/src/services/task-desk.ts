import { KeyedQueue, uuidSource, type Clock, type Conversation } from '@371os/kernel';
import {
  hasEnded,
  isWaiting,
  TaskNotEndedError,
  UnknownTaskError,
  type Task,
} from '@371os/plugin-tasks';
import type { Choice } from '../domain/choose-agent.ts';
import { decisionOf } from '../domain/decision.ts';
import { instructionsIn } from '../domain/instructions.ts';
import type { PartRecord } from '../domain/reading.ts';
import { presentTasks } from '../domain/reply.ts';
import { startOrder } from '../domain/split/dependencies.ts';
import type { RoomVoice } from '../ports.ts';
import { ancestryOf } from './ancestry.ts';
import { Workforce, type WorkforceComponents } from './workforce.ts';

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

interface DeskComponents extends WorkforceComponents {
  readonly voice: RoomVoice;
  readonly keepDays: number;
  readonly clock: Clock;
}

const UNTOLD_AT_ONCE = 1_000;
const PRUNE_EVERY_MS = 3_600_000;
const LOOK_EVERY_MS = 60_000;

/**
 * Has the parts of requests done as durable tasks, and sees to it that whoever asked is told what
 * became of each: in the answer while they wait for it, else in their room.
 */
export class TaskDesk {
  readonly #components: DeskComponents;
  // Requests whose asker waits for the answer now.
  readonly #awaited = new Map<string, Conversation>();
  readonly #workforce: Workforce;
  readonly #telling = new KeyedQueue();
  readonly #stops: (() => void)[] = [];

  constructor(components: DeskComponents) {
    this.#components = components;
    this.#workforce = new Workforce(components, (taskId) => this.#awaited.get(taskId));
  }

  /** Begins to work, and tells what a server that was stopped has not told. */
  async open(): Promise<void> {
    const { tasks, log } = this.#components;
    const pruning = setInterval(() => {
      this.#prune();
    }, PRUNE_EVERY_MS).unref();
    // A process that died may have ended a task and told nobody.
    const looking = setInterval(() => {
      this.#followUntold().catch((error: unknown) => {
        log('it was not looked whether somebody has still to be told', error);
      });
    }, LOOK_EVERY_MS).unref();
    this.#stops.push(
      () => {
        clearInterval(pruning);
        clearInterval(looking);
      },
      tasks.onChange((task) => {
        this.#follow(task);
      }),
    );
    await this.#workforce.open();
    await this.#followUntold();
    this.#prune();
  }

  /** Takes nothing new, and returns when what runs has ended or `drainMs` are over. */
  async close(drainMs?: number): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    await this.#workforce.close(drainMs);
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
      await this.#workforce.staff();
      await this.#decide(parts, ids, roomId, conversation);
      await this.#submit(parts, ids, roomId, conversation);
      // For those who would rather look again later than wait.
      for (const [position, { choice }] of parts.entries()) {
        const { agent } = choice;
        conversation.onProgress?.({ kind: 'submitted', taskId: ids[position], agent });
      }
      const tasks = await this.#await(parts, ids, conversation.signal);
      await this.#recordCalls(tasks, conversation);
      return tasks;
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
    { principal, isConfidential, taskId, hops, origins }: Conversation,
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
        data: { hops: hops + 1, ...(origins ? { origins } : {}), ...instructionsIn(part) },
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
      done.set(position, await this.#workforce.withCost(task));
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

  async #followUntold(): Promise<void> {
    for (const id of await this.#components.decisions.listUntold(UNTOLD_AT_ONCE)) {
      const [task] = await this.find(id);
      if (task) this.#follow(task);
    }
  }

  // What was done in another process is in its record alone, which it keeps with the decision.
  async #recordCalls(tasks: readonly Task[], { trace }: Conversation): Promise<void> {
    const { directory, decisions } = this.#components;
    const elsewhere = directory.profiles().filter(({ isElsewhere }) => isElsewhere === true);
    for (const { id: taskId, agent } of tasks)
      if (elsewhere.some(({ name }) => name === agent))
        for (const call of await decisions.callsOf(taskId))
          trace.push({ kind: 'model-call', taskId, ...call });
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
        const costed = await this.#workforce.withCost(task);
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
