import type { ContextParts } from '../domain/context/compose-context.ts';
import type { Access } from '../domain/access/access.ts';

/** Which conversation is meant. */
export interface Wanted {
  /** Name, role or id of the agent; the front desk by default. */
  readonly agentId?: string | undefined;
  readonly chatId: string;
  readonly includeHistory: boolean;
}

/** Where context comes from. */
export interface ContextSource {
  /**
   * What there is to tell; nothing of it is confidential.
   * @throws UnknownAgentError, OtherAgentError, ContextRefusedError
   */
  parts(access: Access, wanted: Wanted): Promise<Omit<ContextParts, 'lastMessage'>>;
}

/** A note that a program has left in a conversation for its agent. */
export interface SharedNote {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** A conversation as notes are kept for it. */
export interface NotePlace {
  readonly person: string;
  readonly agent: string;
  readonly chat: string;
}

/** Keeps what programs share. */
export interface NoteStore {
  /** Puts a note in the place of the one before. */
  put(place: NotePlace, text: string): Promise<void>;
  get(place: NotePlace): Promise<SharedNote | undefined>;
}
