import type { SQL } from 'drizzle-orm';

/** A task's turn in the queue. A job is begun once. */
export interface Job {
  readonly id: string;
  readonly taskId: string;
}

export interface NewJob extends Job {
  /** 1 goes first, 10 last. */
  readonly priority: number;
  /** How long to wait before it may begin. */
  readonly delayMs: number;
  /** How long one who gives no sign of life keeps it, 10 s or more. */
  readonly leaseSeconds: number;
  /** How long the work may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Hands jobs out to whoever works on them, in this process or another. */
export interface JobQueue {
  start(): Promise<void>;
  /** Stops handing out, and returns when what runs has ended. */
  stop(): Promise<void>;
  /** Makes sure that a queue is there. */
  prepare(queue: string): Promise<void>;
  /**
   * The INSERT that puts jobs into a queue that has been prepared, without WITH or RETURNING, so that
   * it can be a part of another statement. Whoever has it carried out wakes a lane for each job.
   */
  insertion(queue: string, jobs: readonly NewJob[]): SQL;
  /**
   * Does the jobs of a queue, `lanes` of them at once; one whose `run` throws is lost. Returns a
   * function that stops it: it resolves when what runs has ended.
   */
  work(
    queue: string,
    lanes: number,
    run: (job: Job) => Promise<void>,
  ): Promise<() => Promise<void>>;
  /** There is another job in a queue. */
  wake(queue: string): void;
  /** There may be jobs in any queue. */
  wakeAll(): void;
  /** Says what is done with jobs whose worker gave no sign of life. `run` must not throw. */
  onLost(run: (job: Job) => Promise<void>): void;
  /** Takes jobs back that nobody has begun. */
  discard(queue: string, ids: readonly string[]): Promise<void>;
  /** Calls back with what is sent to a channel of the database, and after messages may have been missed. */
  listen(channel: string, onMessage: (text: string) => void, onGap: () => void): Promise<void>;
}
