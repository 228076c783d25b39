import { createUniqueUuid, type IAgentRuntime } from '@elizaos/core';
import { BaseError, inConversation, startConversation, type PicoUsd } from '@371os/kernel';
import type { RouterService } from '@371os/plugin-router';
import {
  hasEnded,
  TaskNotEndedError,
  UnknownTaskError,
  type Json,
  type Outcome,
  type Task,
  type TaskContext,
  type TasksService,
} from '@371os/plugin-tasks';
import { ITS_PARTS, joinParts } from '../../domain/work/join-parts.ts';
import { ReplayedTaskError } from '../../errors/work.ts';
import type { Assignment, Work } from '../../ports/work.ts';

export interface CompanyWorkInit {
  readonly frontDesk: IAgentRuntime;
  readonly router: Pick<RouterService, 'route' | 'keepOutcomes'>;
  readonly tasks: Pick<
    TasksService,
    'submit' | 'children' | 'waitFor' | 'work' | 'onChange' | 'goOn' | 'list' | 'get'
  >;
  readonly costOf: (taskId: string) => Promise<PicoUsd>;
  /** How long an agent may work on a task, in milliseconds. */
  readonly timeoutMs: number;
  readonly log: (problem: string, error: unknown) => void;
}

/** The parts of a request in its order, or why it has none. */
type HandedOn = { readonly ids: readonly string[] } | { readonly refusal: string };

// Beside its colleagues' time: reading the request, choosing, keeping the tasks.
const OWN_WORK_MS = 60_000;
const AT_ONCE = 8;
const MOST_WAITING = 200;

/**
 * Has agents do what programs ask, as durable tasks like all others: an agent's own go into its queue,
 * and those of the front desk become requests that it cuts up and hands on.
 */
export class CompanyWork implements Work {
  readonly #init: CompanyWorkInit;
  readonly #ends: (() => unknown)[] = [];

  constructor(init: CompanyWorkInit) {
    this.#init = init;
  }

  /** Begins to do what comes to the front desk, and what a process that was stopped has left. */
  async start(): Promise<void> {
    const { tasks } = this.#init;
    this.#ends.push(
      tasks.onChange((task) => {
        if (task.parentId !== undefined && hasEnded(task.state)) this.#goOn(task.parentId);
      }),
      await tasks.work(this.#desk, (task, context) => this.#perform(task, context), {
        concurrency: AT_ONCE,
      }),
    );
    const waiting = { states: ['INPUT_REQUIRED' as const], waitingFor: ITS_PARTS };
    for (const { id } of await tasks.list({ ...waiting, limit: MOST_WAITING })) this.#goOn(id);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#ends.splice(0).map((end) => end()));
  }

  async submit(assignment: Assignment): Promise<Task> {
    const { id, agent, text, principal, reason, hops, context, origin, origins = [] } = assignment;
    const { tasks, timeoutMs } = this.#init;
    const task = await tasks.submit({
      ...{ id, agent, text, reason, isConfidential: false },
      requester: { id: principal.id, role: principal.role },
      roomId: this.roomOf(assignment),
      parentId: await this.#openOrigin(origins),
      timeoutMs: agent === this.#desk ? timeoutMs + OWN_WORK_MS : timeoutMs,
      data: {
        hops: hops + 1,
        ...(origins.length === 0 ? {} : { origins }),
        ...(context === undefined ? {} : { context }),
        ...(origin === undefined ? {} : { origin }),
      },
    });
    const isSame = task.requester.id === principal.id && task.agent === agent && task.text === text;
    if (!isSame) throw new ReplayedTaskError({ id });
    return task;
  }

  /** The room that a person has by the name of a conversation. */
  roomOf({ principal, chat }: Pick<Assignment, 'principal' | 'chat'>): string {
    return createUniqueUuid(this.#init.frontDesk, `${principal.id}:${chat}`);
  }

  // What comes back to this company belongs to the task that sent it out, as long as that is open.
  async #openOrigin(origins: readonly string[]): Promise<string | undefined> {
    for (const id of origins.toReversed())
      try {
        const known = await this.#init.tasks.get(id);
        if (!hasEnded(known.state)) return known.id;
      } catch (error) {
        if (!(error instanceof UnknownTaskError)) throw error;
      }
    return undefined;
  }

  get #desk(): string {
    return this.#init.frontDesk.character.name;
  }

  async #perform(task: Task, context: TaskContext): Promise<Outcome> {
    const { tasks, costOf, timeoutMs } = this.#init;
    const { signal } = context;
    const handedOn = await context.step('parts', () => this.#handOn(task, signal));
    if ('refusal' in handedOn)
      return { state: 'REJECTED', answer: handedOn.refusal, model: 'none' };
    const parts: Task[] = [];
    for (const id of handedOn.ids)
      parts.push(
        await settled(
          () => tasks.waitFor(id, { timeoutMs, signal }),
          () => tasks.get(id),
        ),
      );
    return { ...joinParts(parts), model: 'none', costPico: await costOf(task.id) };
  }

  // An attempt after a crash finds the parts that the one before has handed on.
  async #handOn(task: Task, signal: AbortSignal): Promise<HandedOn> {
    const { router, tasks } = this.#init;
    const known = await tasks.children(task.id);
    if (known.length > 0) return { ids: known.map(({ id }) => id) };
    const conversation = startConversation({
      principal: { ...task.requester, proof: 'none' },
      ...{ text: task.text, taskId: task.id, isConfidential: task.isConfidential, signal },
      ...{ hops: hopsOf(task.data) - 1, origins: originsOf(task.data) },
    });
    try {
      const parts = await inConversation(conversation, () => router.route(task.text, task.roomId));
      await router.keepOutcomes(conversation.trace);
      return { ids: parts.map(({ id }) => id) };
    } catch (error) {
      const isRefused = conversation.trace.some(({ kind }) => kind === 'routing-refused');
      if (isRefused && BaseError.isInstance(error)) return { refusal: error.message };
      throw error;
    }
  }

  #goOn(parentId: string): void {
    const { tasks, log } = this.#init;
    const look = async (): Promise<void> => {
      const parent = await tasks.get(parentId);
      if (parent.state !== 'INPUT_REQUIRED' || parent.waitingFor !== ITS_PARTS) return;
      const parts = await tasks.children(parentId);
      if (parts.every(({ state }) => hasEnded(state))) await tasks.goOn(parentId);
    };
    look().catch((error: unknown) => {
      log('a request did not go on when its parts had ended', error);
    });
  }
}

// How often a task was handed on, as it carries it.
function hopsOf(data: Json | undefined): number {
  const hops = typeof data === 'object' && data !== null && 'hops' in data ? data['hops'] : 1;
  return typeof hops === 'number' && hops >= 1 ? hops : 1;
}

function originsOf(data: Json | undefined): readonly string[] | undefined {
  const origins =
    typeof data === 'object' && data !== null && 'origins' in data ? data['origins'] : undefined;
  return Array.isArray(origins) ? origins.map(String) : undefined;
}

// One that has not ended when its time is over waits like one that asks back.
async function settled(wait: () => Promise<Task>, look: () => Promise<Task>): Promise<Task> {
  try {
    return await wait();
  } catch (error) {
    if (error instanceof TaskNotEndedError) return look();
    throw error;
  }
}
