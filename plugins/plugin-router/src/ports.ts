import type { TasksService } from '@371os/plugin-tasks';
import type { Decision } from './domain/decision.ts';

/** Keeps tasks and has them done, whatever happens to this process. */
export type TaskQueue = Pick<
  TasksService,
  'submitAll' | 'get' | 'list' | 'goOn' | 'work' | 'waitFor' | 'onChange'
>;

/** Where it is kept why requests went where they went. */
export interface DecisionStore {
  add(decision: Decision): Promise<void>;
  /** Records what became of it; calls are added to those of earlier attempts. */
  finish(taskId: string, outcome: Pick<Decision, 'state' | 'costPico' | 'calls'>): Promise<void>;
  /** Whether the asker knows that a task is in a state. True for a task without a decision. */
  wasTold(taskId: string, state: string): Promise<boolean>;
  noteTold(taskId: string, state: string): Promise<void>;
  /** Tasks whose asker has not been told of their end, newest first. */
  listUntold(limit: number): Promise<string[]>;
  /** The newest of a requester, in one room or all, newest first. */
  last(
    where: { requesterId: string; roomId?: string | undefined },
    limit: number,
  ): Promise<Decision[]>;
}

/** Says something in a person's room without having been asked just now. */
export interface RoomVoice {
  /** Says it, unless the same was said there since, alone or as a part of more. */
  sayOnce(roomId: string, text: string, sinceMs: number): Promise<void>;
}

/** An agent of this process that requests can be handed to. */
export interface DirectoryEntry {
  readonly name: string;
  readonly role: string;
  readonly examples: readonly string[];
}

export interface AgentRun {
  readonly agent: string;
  readonly text: string;
  /** The person's room; the agent works in a room of its own that belongs to it. */
  readonly roomId: string;
  readonly requesterId: string;
  readonly timeoutMs: number;
  /** Results of earlier parts that the agent should know. */
  readonly background?: readonly string[] | undefined;
}

/** The agents of the company: who there is, and how to have one work. */
export interface AgentDirectory {
  list(): DirectoryEntry[];
  /** Whether an agent can do what a text asks for without a language model. */
  canByRule(agent: string, text: string): Promise<boolean>;
  /** Has an agent answer, and returns everything it said. */
  run(run: AgentRun): Promise<string[]>;
}

/** Turns texts into vectors of their meaning. */
export interface Embedder {
  embed(texts: readonly string[]): Promise<number[][]>;
}
