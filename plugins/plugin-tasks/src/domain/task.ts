import type { PicoUsd, Role } from '@371os/kernel';
import type { TaskState } from './task-state.ts';

/** What JSON can hold. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** The person whom a task is for. */
export interface Requester {
  readonly id: string;
  readonly role: Role;
}

/** Work that somebody wants an agent to do. */
export interface NewTask {
  /** A new UUID by default. Tasks that are submitted together may name each other by it. */
  readonly id?: string | undefined;
  /** Name of the agent that is to do it. */
  readonly agent: string;
  /** What is to be done, in the words of the one who asked. */
  readonly text: string;
  /** Why it goes to this agent. */
  readonly reason?: string | undefined;
  readonly requester: Requester;
  /** The room that the answer belongs to. */
  readonly roomId: string;
  /** True when nothing of it may leave the machine. */
  readonly isConfidential: boolean;
  /** The task that this one is a part of. */
  readonly parentId?: string | undefined;
  /** Ids of the tasks that must be COMPLETED before this one starts, at most 100. */
  readonly dependsOn?: readonly string[] | undefined;
  /** 1 to 10; 1 goes first, 5 is the default. */
  readonly priority?: number | undefined;
  /** How long one attempt may take, in milliseconds, up to 23 hours. Default: TASKS_TIMEOUT_MS. */
  readonly timeoutMs?: number | undefined;
  /** How often it is tried, 1 to 20. Default: TASKS_MAX_ATTEMPTS. */
  readonly maxAttempts?: number | undefined;
  /** Whoever submits with the same key again gets the same task. */
  readonly idempotencyKey?: string | undefined;
  /** For the one who does it. */
  readonly data?: Json | undefined;
}

/** A task as it is kept. Times are milliseconds since 1970. */
export interface Task {
  readonly id: string;
  readonly agent: string;
  readonly text: string;
  readonly state: TaskState;
  /** The result, or the sentence that says what became of it. */
  readonly answer: string;
  /** `provider:model` that answered; `none` without one. */
  readonly model: string;
  readonly costPico: PicoUsd;
  readonly reason: string;
  /** What a task in INPUT_REQUIRED or AUTH_REQUIRED waits for. */
  readonly waitingFor?: string | undefined;
  /** How often it has been begun. Goes up each time, which makes it the fencing token. */
  readonly attempt: number;
  /** Attempts that failed since it was submitted, or last went on. */
  readonly failures: number;
  readonly maxAttempts: number;
  readonly timeoutMs: number;
  readonly priority: number;
  readonly parentId?: string | undefined;
  readonly dependsOn: readonly string[];
  readonly requester: Requester;
  readonly roomId: string;
  readonly isConfidential: boolean;
  readonly idempotencyKey?: string | undefined;
  readonly data?: Json | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** How an agent does its tasks, as its newest 50 tell. */
export interface AgentRecord {
  readonly agent: string;
  /** How many it works on or could begin now. */
  readonly open: number;
  readonly completed: number;
  /** What those that it completed have cost together. */
  readonly costPico: PicoUsd;
  /** Attempts that failed, time-outs included, since it last completed one or asked back. */
  readonly failuresInARow: number;
  /** Milliseconds since 1970; undefined when none failed. */
  readonly lastFailedAt?: number | undefined;
}

/** How much an agent has to do, and how it does it. */
export interface AgentLoad {
  /** Tasks that could begin now. */
  readonly queued: number;
  /** Tasks that are being worked on, in any process. */
  readonly working: number;
  /** Tasks that ended within the window, well or badly. */
  readonly ended: number;
  /** Those of them that failed. */
  readonly failed: number;
  /**
   * Within how many milliseconds of their submission 95 % of those tasks had ended; undefined when none
   * ended. Tasks that had to wait for others are left out.
   */
  readonly p95Ms: number | undefined;
  /** When a task of it last changed, in milliseconds since 1970; undefined when it never had one. */
  readonly activeAtMs: number | undefined;
}

/** Which tasks to list; what is not given does not matter. */
export interface TaskFilter {
  readonly states?: readonly TaskState[] | undefined;
  readonly agent?: string | undefined;
  readonly requesterId?: string | undefined;
  readonly parentId?: string | undefined;
  readonly roomId?: string | undefined;
  readonly waitingFor?: string | undefined;
  /** The newest so many; 20 by default, 1,000 at most. */
  readonly limit?: number | undefined;
}
