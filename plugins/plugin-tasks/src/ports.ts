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
  /** Returns when what is done with lost jobs has ended. */
  stop(): Promise<void>;
  /** Makes sure that a queue is there. */
  prepare(queue: string): Promise<void>;
  /**
   * The INSERT that puts jobs into a queue that has been prepared, without WITH or RETURNING, so that
   * it can be a part of another statement. It leaves out jobs of tasks that `taskIds`, a query,
   * does not find.
   */
  insertion(queue: string, jobs: readonly NewJob[], taskIds: SQL): SQL;
  /**
   * The statement that hands out up to so many jobs of a queue that has been prepared, as rows with
   * their `id`, so that it can be a part of another statement.
   */
  handingOut(queue: string, count: number): SQL;
  /** A sign of life for jobs that are being done. */
  touch(queue: string, ids: readonly string[]): Promise<void>;
  /** These jobs are done. */
  complete(queue: string, ids: readonly string[]): Promise<void>;
  /** Whoever did this job has given it up: what is lost is told as if they had died. */
  lose(queue: string, id: string): Promise<void>;
  /** Says what is done with jobs whose worker gave no sign of life. `run` must not throw. */
  onLost(run: (job: Job) => Promise<void>): void;
  /** Takes jobs back that nobody has begun. */
  discard(queue: string, ids: readonly string[]): Promise<void>;
  /** Calls back with what is sent to a channel of the database, and after messages may have been missed. */
  listen(channel: string, onMessage: (text: string) => void, onGap: () => void): Promise<void>;
}
