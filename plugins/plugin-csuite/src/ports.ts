import type { Role } from '@371os/kernel';
import type { PastTask } from './domain/outcome-review.ts';

/** Who works here, by office. */
export interface Colleagues {
  /** The office of the agent itself, from `settings.routing.role`. */
  ownRole(): string | undefined;
  /** Name of the first agent that has an office. */
  nameOf(role: string): string | undefined;
}

/** What became of the company's tasks. */
export interface TaskHistory {
  /** The newest so many, whoever asked for them. */
  recent(limit: number): Promise<PastTask[]>;
}

/** Work that is handed to a colleague. */
export interface Assignment {
  readonly agent: string;
  readonly text: string;
  readonly reason: string;
  readonly requester: { readonly id: string; readonly role: Role };
  readonly roomId: string;
  readonly isConfidential: boolean;
  /** The task that it comes from, when there is one. */
  readonly parentId?: string | undefined;
  /** How often the request has been handed on, this time included. */
  readonly hops: number;
  /** The same assignment twice is one task. */
  readonly idempotencyKey: string;
}

/** Takes work that outlives the process. */
export interface TaskIntake {
  /** Returns the id of the task. */
  submit(assignment: Assignment): Promise<string>;
}
