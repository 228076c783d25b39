import { AsyncLocalStorage } from 'node:async_hooks';
import type { Principal } from './principal.ts';
import { processWide } from './process-wide.ts';

/** Something that happened while a message was answered, for the record and for `/why`. */
export interface TraceEvent {
  readonly kind: string;
  readonly [detail: string]: unknown;
}

/**
 * What is known about the message being answered, carried along every await: who asks, for which
 * task, whether it is confidential. Model calls, memories and delegations made from it inherit it.
 */
export interface Conversation {
  readonly principal: Principal;
  /** The text being answered, as the person wrote it. */
  readonly text?: string | undefined;
  /** The task that the work is for, when there is one. */
  readonly taskId?: string | undefined;
  /** True when nothing of it may leave the machine. */
  readonly isConfidential: boolean;
  /** How many times the request has been handed on. */
  readonly hops: number;
  /** Ids of the tasks that the request comes from, where it was handed over between companies. */
  readonly origins?: readonly string[] | undefined;
  /** What happened, in order. Shared with the conversations made from this one. */
  readonly trace: TraceEvent[];
  /** Told of every step while it happens, for progress display. */
  readonly onProgress?: ((event: TraceEvent) => void) | undefined;
  /** Told of text as a model produces it. */
  readonly onText?: ((chunk: string) => void) | undefined;
  /** Aborts the work when the asker has gone. */
  readonly signal?: AbortSignal | undefined;
}

function storage(): AsyncLocalStorage<Conversation> {
  return processWide('conversation', () => new AsyncLocalStorage<Conversation>());
}

/** The conversation that the running code is part of, if any. */
export function currentConversation(): Conversation | undefined {
  return storage().getStore();
}

/** A conversation with nothing in it yet. */
export function startConversation(
  init: Pick<Conversation, 'principal'> & Partial<Conversation>,
): Conversation {
  return { isConfidential: false, hops: 0, trace: [], ...init };
}

/** Runs `work`, and all that it awaits, as part of a conversation. */
export function inConversation<Result>(conversation: Conversation, work: () => Result): Result {
  return storage().run(conversation, work);
}

type Listener = (event: TraceEvent) => void;

function listeners(): Set<Listener> {
  return processWide('record-listeners', () => new Set<Listener>());
}

/** Tells of every event that is recorded in this process, in a conversation or not. */
export function onRecorded(listener: Listener): void {
  listeners().add(listener);
}

/** Adds an event to the running conversation's record; without a conversation nobody keeps it. */
export function record(event: TraceEvent): void {
  for (const listener of listeners()) listener(event);
  const conversation = currentConversation();
  conversation?.trace.push(event);
  conversation?.onProgress?.(event);
}
