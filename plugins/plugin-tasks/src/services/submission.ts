import type { IdSource } from '@371os/kernel';
import { findRefusals } from '../domain/refusals.ts';
import type { NewTask, Task } from '../domain/task.ts';
import { TaskStoreError } from '../errors.ts';
import type { TasksSettings } from '../settings.ts';
import type { QueuedTask } from '../store/rows.ts';
import type { PlannedTask, TaskStore } from '../store/task-store.ts';
import { checkTask, type CheckedTask } from './check-task.ts';

const ENOUGH_AT_ONCE = 500;

interface Asked {
  readonly task: CheckedTask;
  readonly settings: TasksSettings;
}

interface Waiting {
  readonly asked: readonly Asked[];
  readonly done: PromiseWithResolvers<Task[]>;
}

export interface SubmissionInit {
  readonly store: TaskStore;
  readonly newId: IdSource;
  /** Told of the new ones. Must not throw. */
  readonly onAdded: (added: readonly QueuedTask[]) => Promise<void>;
}

/** Takes tasks in. What is submitted at the same time is written together. */
export class Submission {
  readonly #init: SubmissionInit;
  readonly #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(init: SubmissionInit) {
    this.#init = init;
  }

  /**
   * Takes tasks that may depend on one another.
   * @throws InvalidTaskError, TaskStoreError
   */
  async submit(tasks: readonly NewTask[], settings: TasksSettings): Promise<Task[]> {
    const asked = tasks.map((task) => ({ task: checkTask(task, this.#init.newId), settings }));
    const done = Promise.withResolvers<Task[]>();
    this.#waiting.push({ asked, done });
    if (!this.#isWriting) void this.#write();
    return done.promise;
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    // Whoever submits in the same turn comes along.
    await Promise.resolve();
    for (let group = this.#nextGroup(); group.length > 0; group = this.#nextGroup())
      await this.#writeGroup(group);
    this.#isWriting = false;
  }

  #nextGroup(): Waiting[] {
    let size = 0;
    const past = this.#waiting.findIndex(({ asked }) => (size += asked.length) > ENOUGH_AT_ONCE);
    return this.#waiting.splice(0, past < 0 ? this.#waiting.length : Math.max(1, past));
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const kept = await this.#keep(group.flatMap(({ asked }) => asked));
      for (const { asked, done } of group) done.resolve(asked.map(({ task }) => kept.of(task)));
    } catch (error) {
      for (const { done } of group) done.reject(error);
    }
  }

  async #keep(asked: readonly Asked[]): Promise<KnownTasks> {
    const { store, newId, onAdded } = this.#init;
    const known = new KnownTasks();
    if (asked.some(({ task }) => namedBy(task).length > 0)) known.add(await this.#lookUp(asked));
    const planned = plan(asked, known, newId);
    const added = planned.length > 0 ? await store.add(planned) : [];
    await onAdded(added);
    known.add(added);
    const missing = asked.filter(({ task }) => !known.has(task));
    if (missing.length > 0) known.add(await this.#lookUp(missing));
    return known;
  }

  #lookUp(asked: readonly Asked[]): Promise<QueuedTask[]> {
    const ids = new Set(asked.flatMap(({ task }) => [task.id, ...namedBy(task)]));
    const keys = new Set(asked.flatMap(({ task }) => task.idempotencyKey ?? []));
    return this.#init.store.readKnown([...ids], [...keys]);
  }
}

function namedBy({ dependsOn, parentId }: CheckedTask): string[] {
  return [...dependsOn, ...(parentId === undefined ? [] : [parentId])];
}

/** Tasks that are kept, found by id or by idempotency key. */
class KnownTasks {
  readonly #byId = new Map<string, QueuedTask>();
  readonly #byKey = new Map<string, QueuedTask>();

  add(tasks: readonly QueuedTask[]): void {
    for (const task of tasks) {
      this.#byId.set(task.id, task);
      if (task.idempotencyKey !== undefined) this.#byKey.set(task.idempotencyKey, task);
    }
  }

  get(id: string): QueuedTask | undefined {
    return this.#byId.get(id);
  }

  find({ id, idempotencyKey }: CheckedTask): QueuedTask | undefined {
    return (
      (idempotencyKey === undefined ? undefined : this.#byKey.get(idempotencyKey)) ?? this.get(id)
    );
  }

  has(task: CheckedTask): boolean {
    return this.find(task) !== undefined;
  }

  of(task: CheckedTask): QueuedTask {
    const found = this.find(task);
    if (!found) throw new TaskStoreError({ cause: undefined });
    return found;
  }
}

// What is to be written: one task for each key, naming the others by the ids that are kept.
function plan(asked: readonly Asked[], known: KnownTasks, newId: IdSource): PlannedTask[] {
  const keptIds = new Map<string, string>();
  const firstOfKey = new Map<string, string>();
  const fresh = asked.filter(({ task }) => {
    const { id, idempotencyKey: key } = task;
    const kept = known.find(task)?.id ?? (key === undefined ? undefined : firstOfKey.get(key));
    if (kept !== undefined) keptIds.set(id, kept);
    else if (key !== undefined) firstOfKey.set(key, id);
    return kept === undefined;
  });
  const named = fresh.map(({ task, settings }) => ({
    settings,
    task: { ...task, dependsOn: task.dependsOn.map((id) => keptIds.get(id) ?? id) },
  }));
  const refusals = findRefusals(
    named.map(({ task }) => task),
    (id) => known.get(id) !== undefined,
  );
  return named.map((one) => planOne(one, refusals.get(one.task.id), known, newId));
}

function planOne(
  { task, settings }: Asked,
  refusal: string | undefined,
  known: KnownTasks,
  newId: IdSource,
): PlannedTask {
  const mayBegin = task.dependsOn.every((id) => known.get(id)?.state === 'COMPLETED');
  return {
    id: task.id,
    agent: task.agent,
    text: task.text,
    state: refusal === undefined ? 'SUBMITTED' : 'REJECTED',
    answer: refusal ?? '',
    reason: task.reason,
    maxAttempts: task.maxAttempts ?? settings.TASKS_MAX_ATTEMPTS,
    timeoutMs: task.timeoutMs ?? settings.TASKS_TIMEOUT_MS,
    leaseSeconds: settings.TASKS_LEASE_SECONDS,
    priority: task.priority,
    parentId: task.parentId ?? null,
    dependsOn: task.dependsOn,
    jobId: mayBegin && refusal === undefined ? newId() : null,
    requesterId: task.requester.id,
    requesterRole: task.requester.role,
    roomId: task.roomId,
    isConfidential: task.isConfidential,
    idempotencyKey: task.idempotencyKey ?? null,
    data: task.data,
  };
}
