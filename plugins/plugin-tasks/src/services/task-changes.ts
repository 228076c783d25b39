import { logger } from '@elizaos/core';
import type { Task } from '../domain/task.ts';
import { hasEnded, isWaiting } from '../domain/task-state.ts';
import { TaskNotEndedError, UnknownTaskError } from '../errors.ts';

type Listener = (task: Task) => void;

/** Tells whoever wants to know that a task has changed, here or in another process. */
export class TaskChanges {
  readonly #read: (ids: readonly string[]) => Promise<Task[]>;
  readonly #listeners = new Set<Listener>();
  readonly #waiters = new Map<string, Set<Listener>>();

  #wanted: string[] = [];
  #looked: Promise<Map<string, Task>> | undefined;

  constructor(read: (ids: readonly string[]) => Promise<Task[]>) {
    this.#read = read;
  }

  /** Calls back with each task that changes, as it is then. Returns what ends it. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(task: Task): void {
    for (const listener of [...this.#listeners, ...(this.#waiters.get(task.id) ?? [])])
      callSafely(listener, task);
  }

  /** Tells of a task that has changed elsewhere, when somebody wants to know. */
  async tellOf(id: string): Promise<void> {
    if (this.#listeners.size === 0 && !this.#waiters.has(id)) return;
    for (const task of await this.#read([id])) this.tell(task);
  }

  /** Looks at every task that somebody waits for: its change may have been missed. */
  async recheck(): Promise<void> {
    for (const task of await this.#read([...this.#waiters.keys()])) this.#tellWaiters(task);
  }

  /**
   * The task once it has ended or waits for input.
   * @throws TaskNotEndedError, UnknownTaskError, or what the signal was aborted with
   */
  async waitFor(
    id: string,
    { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<Task> {
    signal?.throwIfAborted();
    const settled = Promise.withResolvers<Task>();
    const check = (task: Task): void => {
      if (hasEnded(task.state) || isWaiting(task.state)) settled.resolve(task);
    };
    const abort = (): void => {
      settled.reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      settled.reject(new TaskNotEndedError({ id, waitedMs: timeoutMs }));
    }, timeoutMs);
    this.#addWaiter(id, check);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const look = this.#lookAt(id, check).catch(settled.reject);
      return await settled.promise.finally(() => look);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      this.#removeWaiter(id, check);
    }
  }

  async #lookAt(id: string, check: Listener): Promise<void> {
    const task = await this.#readWithOthers(id);
    if (!task) throw new UnknownTaskError({ id });
    check(task);
  }

  // Those who begin to wait in the same turn share one look.
  async #readWithOthers(id: string): Promise<Task | undefined> {
    this.#looked ??= Promise.resolve().then(async () => {
      const ids = this.#wanted;
      this.#wanted = [];
      this.#looked = undefined;
      return new Map((await this.#read(ids)).map((task) => [task.id, task]));
    });
    this.#wanted.push(id);
    return (await this.#looked).get(id);
  }

  #tellWaiters(task: Task): void {
    for (const waiter of this.#waiters.get(task.id) ?? []) waiter(task);
  }

  #addWaiter(id: string, waiter: Listener): void {
    const waiters = this.#waiters.get(id) ?? new Set();
    this.#waiters.set(id, waiters.add(waiter));
  }

  #removeWaiter(id: string, waiter: Listener): void {
    const waiters = this.#waiters.get(id);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiters.delete(id);
  }
}

// One listener's trouble must not keep the others, or the work itself, from going on.
function callSafely(listener: Listener, task: Task): void {
  try {
    listener(task);
  } catch (error) {
    logger.error({ src: 'tasks:changes', error }, 'a listener for tasks failed');
  }
}
