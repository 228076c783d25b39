import type { Principal } from '@371os/kernel';
import type { Decision } from './domain/decision.ts';
import type { Task, TaskOutcome } from './domain/task.ts';

/** Where tasks are kept. Every change is one statement. */
export interface TaskStore {
  add(task: Task): Promise<void>;
  finish(id: string, outcome: TaskOutcome, costPico: bigint): Promise<void>;
  /** The ids of the tasks in INPUT_REQUIRED that wait for `missing`, oldest first. */
  listWaiting(missing: string): Promise<string[]>;
  /** Takes a task out of INPUT_REQUIRED, to be worked on by this caller alone. */
  claim(id: string): Promise<Task | undefined>;
  /** Ends the tasks that a stopped server left in WORKING, and returns them. */
  failAbandoned(answer: string): Promise<Task[]>;
  /** The newest tasks of a requester, or of everybody for the owner, newest first. */
  listFor(principal: Principal, limit: number): Promise<Task[]>;
}

/** Where it is kept why requests went where they went. */
export interface DecisionStore {
  add(decision: Decision): Promise<void>;
  /** Records what became of it; calls are added to those of earlier attempts. */
  finish(taskId: string, outcome: Pick<Decision, 'state' | 'costPico' | 'calls'>): Promise<void>;
  /** The newest of a requester, in one room or all, newest first. */
  last(
    where: { requesterId: string; roomId?: string | undefined },
    limit: number,
  ): Promise<Decision[]>;
}

/** Says something in a person's room without having been asked just now. */
export interface RoomVoice {
  say(roomId: string, text: string): Promise<void>;
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
}

/** The agents of the company: who there is, and how to have one work. */
export interface AgentDirectory {
  list(): DirectoryEntry[];
  /** Has an agent answer, and returns everything it said. */
  run(run: AgentRun): Promise<string[]>;
}

/** Turns texts into vectors of their meaning. */
export interface Embedder {
  embed(texts: readonly string[]): Promise<number[][]>;
}
