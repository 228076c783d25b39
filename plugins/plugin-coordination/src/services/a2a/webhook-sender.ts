import { KeyedQueue } from '@371os/kernel';
import { UnknownTaskError, type Task, type TasksService } from '@371os/plugin-tasks';
import type { PushConfig, PushConfigs } from '../../ports/push-configs.ts';

/** Posts what has become of a task to a webhook. @throws whatever kept it from being taken */
export type PostNotification = (config: PushConfig, task: Task) => Promise<void>;

export interface WebhookSenderInit {
  readonly tasks: Pick<TasksService, 'get' | 'onChange'>;
  readonly webhooks: PushConfigs;
  readonly post: PostNotification;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly log: (problem: string, error: unknown) => void;
}

const TRIES_AFTER_MS = [0, 1_000, 5_000, 30_000];

/** Tells webhooks what becomes of their tasks, in order; what a stopped process has not told, too. */
export class WebhookSender {
  readonly #init: WebhookSenderInit;
  readonly #told = new Map<string, string>();
  readonly #queue = new KeyedQueue();
  readonly #stopped = new AbortController();
  #stopListening: (() => void) | undefined;

  constructor(init: WebhookSenderInit) {
    this.#init = init;
  }

  async start(): Promise<void> {
    const { tasks, webhooks } = this.#init;
    this.#stopListening = tasks.onChange((task) => {
      if (this.#told.has(task.id)) this.#send(task);
    });
    for (const { taskId, told } of await webhooks.awaited()) {
      this.#told.set(taskId, told);
      this.look(taskId);
    }
  }

  stop(): void {
    this.#stopListening?.();
    this.#stopped.abort();
  }

  /** A task has a webhook that it had not. */
  look(taskId: string): void {
    if (!this.#told.has(taskId)) this.#told.set(taskId, '');
    this.#init.tasks.get(taskId).then(
      (task) => {
        this.#send(task);
      },
      (error: unknown) => {
        if (error instanceof UnknownTaskError) this.#told.delete(taskId);
        else this.#init.log('it was not looked what a webhook has to be told', error);
      },
    );
  }

  #send(task: Task): void {
    this.#queue
      .run(task.id, () => this.#tell(task))
      .catch((error: unknown) => {
        if (!this.#stopped.signal.aborted) this.#init.log('a webhook was not told', error);
      });
  }

  async #tell(task: Task): Promise<void> {
    const { webhooks } = this.#init;
    if (this.#told.get(task.id) === task.state) return;
    this.#told.set(task.id, task.state);
    const configs = await webhooks.list(task.id);
    await Promise.all(configs.map((config) => this.#post(config, task)));
    await webhooks.noteTold(task.id, task.state);
  }

  // Who does not take it after some tries asks for the task by themselves.
  async #post(config: PushConfig, task: Task): Promise<void> {
    const { post, pause, log } = this.#init;
    for (const [index, afterMs] of TRIES_AFTER_MS.entries())
      try {
        if (afterMs > 0) await pause(afterMs, this.#stopped.signal);
        await post(config, task);
        return;
      } catch (error) {
        if (this.#stopped.signal.aborted) throw error;
        if (index === TRIES_AFTER_MS.length - 1) log('a webhook was not told', error);
      }
  }
}
