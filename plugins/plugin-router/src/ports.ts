import type { PicoUsd } from '@371os/kernel';
import type { TasksService } from '@371os/plugin-tasks';
import type { CallReason, Decision } from './domain/decision.ts';
import type { AgentProfile, DirectoryEntry } from './domain/directory-entry.ts';
import type { Proposal } from './domain/split/proposal.ts';

/** Keeps tasks and has them done, whatever happens to this process. */
export type TaskQueue = Pick<
  TasksService,
  | 'submitAll'
  | 'get'
  | 'findId'
  | 'list'
  | 'cancel'
  | 'goOn'
  | 'work'
  | 'waitFor'
  | 'onChange'
  | 'records'
  | 'keepCost'
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
  /** The model calls that are known to have been made for a task, in order. */
  callsOf(taskId: string): Promise<readonly CallReason[]>;
  /** The newest of a requester or of everybody, in some rooms or all, newest first. */
  last(
    where: { requesterId?: string | undefined; rooms?: readonly string[] | undefined },
    limit: number,
  ): Promise<Decision[]>;
  /** Forgets those that are so many days old and whose asker knows how they ended. */
  prune(keepDays: number): Promise<void>;
}

/** What holds for every request of a room. */
export interface RoomBriefing {
  /** What the agents should know beside the request. */
  readonly context?: string | undefined;
  /** The office that takes what is nobody's work clearly, when somebody here holds it. */
  readonly triageRole?: string | undefined;
}

/** Tells what holds for every request of a room; undefined when nothing does. */
export type RoomBriefer = (roomId: string) => Promise<RoomBriefing | undefined>;

/** Says something in a person's room without having been asked just now. */
export interface RoomVoice {
  /** Says it, unless the same was said there since, alone or as a part of more. */
  sayOnce(roomId: string, text: string, sinceMs: number): Promise<void>;
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

/**
 * Where agents come from: the runtimes of this process, or a protocol that reaches others. It is
 * asked anew for each request, so that what it says may change at any time.
 */
export interface AgentSource {
  /** Must not throw. */
  list(): readonly AgentProfile[];
  /** Whether an agent can do what a text asks for without a language model; by default it cannot. */
  canByRule?(agent: string, text: string): Promise<boolean>;
  /**
   * Has an agent answer, and returns everything it said. The running conversation has its signal. An
   * error that can be retried is. Agents that work elsewhere take their tasks from their queue, and
   * are not asked so.
   */
  deliver(run: AgentRun): Promise<string[]>;
  /** Calls back when agents may have come or gone. Returns what ends that. */
  onChange?(listener: () => void): () => void;
}

/** Which agents of this process may work here: others may run under the same name elsewhere. */
export interface Claims {
  holds(agent: string): boolean;
  /** Calls back when that may have changed. Returns what ends that. */
  onChange(listener: () => void): () => void;
}

/** The agents of the company: who there is, how they stand, and how to have one work. */
export interface AgentDirectory {
  /** Of two agents with one name, the one whose source joined first. */
  profiles(): AgentProfile[];
  list(): Promise<DirectoryEntry[]>;
  canByRule(agent: string, text: string): Promise<boolean>;
  /** Has an agent answer, and returns everything it said. @throws UnknownAgentError, ElsewhereError, GarbageOutcomeError */
  run(run: AgentRun): Promise<string[]>;
  /** Calls back when agents may have come or gone. Returns what ends that. */
  onChange(listener: () => void): () => void;
}

/** Turns texts into vectors of their meaning. */
export interface Embedder {
  embed(texts: readonly string[]): Promise<number[][]>;
}

/** What a language model made of a request. */
export interface Advice {
  /** How it would cut it; undefined when it did not say. */
  readonly proposal?: Proposal | undefined;
  /** Why it did not say. */
  readonly problem?: string | undefined;
  /** `provider:model`; undefined when none was reached. */
  readonly model?: string | undefined;
  readonly costPico: PicoUsd;
}

/** A language model that can be asked how a request falls into parts. */
export interface SplitAdvisor {
  /** Undefined when there is none that may be asked now. Never throws, and takes a bounded time. */
  advise(request: string): Promise<Advice | undefined>;
}
