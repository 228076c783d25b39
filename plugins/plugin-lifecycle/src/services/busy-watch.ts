import { KeyedQueue } from '@371os/kernel';
import { hasEnded, isWaiting, type Task, type TasksService } from '@371os/plugin-tasks';
import type { AgentState } from '../domain/agent-state.ts';
import { findAgentNamed, listAgents, moveAgent } from '../store/agent-store.ts';
import type { Database } from '../store/database.ts';

export interface BusyWatchComponents {
  readonly database: Database;
  readonly tasks: Pick<TasksService, 'list' | 'onChange'>;
  readonly log: (problem: string, error: unknown) => void;
}

// Work that is done sooner changes nothing worth writing down.
const NOTED_AFTER_MS = 500;

/** Writes down when agents become busy, and ready again. */
export class BusyWatch {
  readonly #components: BusyWatchComponents;
  readonly #working = new Map<string, Set<string>>();
  readonly #shown = new Map<string, AgentState>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #queue = new KeyedQueue();
  #stop: (() => void) | undefined;

  constructor(components: BusyWatchComponents) {
    this.#components = components;
  }

  async open(): Promise<void> {
    this.#stop = this.#components.tasks.onChange((task) => {
      this.#follow(task);
    });
    const { database } = this.#components;
    for (const { name, state } of await listAgents(database))
      if (state === 'busy') await this.#takeUp(name);
  }

  close(): void {
    this.#stop?.();
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  // Whoever wrote that down may have died before what the agent did had ended.
  async #takeUp(agent: string): Promise<void> {
    this.#shown.set(agent, 'busy');
    for (const task of await this.#components.tasks.list({ agent, states: ['WORKING'] }))
      this.#follow(task);
    this.#note(agent);
  }

  #follow({ id, agent, state }: Task): void {
    const working = this.#working.get(agent) ?? new Set();
    this.#working.set(agent, working);
    if (state === 'WORKING') working.add(id);
    else if (hasEnded(state) || isWaiting(state) || state === 'SUBMITTED') working.delete(id);
    if (this.#timers.has(agent) || this.#wanted(agent) === (this.#shown.get(agent) ?? 'ready'))
      return;
    const timer = setTimeout(() => {
      this.#timers.delete(agent);
      this.#note(agent);
    }, NOTED_AFTER_MS).unref();
    this.#timers.set(agent, timer);
  }

  #wanted(agent: string): AgentState {
    return (this.#working.get(agent)?.size ?? 0) > 0 ? 'busy' : 'ready';
  }

  #note(agent: string): void {
    this.#queue
      .run(agent, () => this.#move(agent))
      .catch((error: unknown) => {
        this.#components.log('it was not noted how busy an agent is', error);
      });
  }

  async #move(agent: string): Promise<void> {
    const to = this.#wanted(agent);
    if (to === (this.#shown.get(agent) ?? 'ready')) return;
    const { database } = this.#components;
    const known = await findAgentNamed(database, agent);
    // Queues of the company's own work are named like no agent.
    if (!known) return;
    const from = to === 'busy' ? (['ready'] as const) : (['busy'] as const);
    const cause = to === 'busy' ? 'works on tasks' : 'has no tasks';
    await moveAgent(database, known.id, { to, from, cause });
    this.#shown.set(agent, to);
  }
}
