import type { PicoUsd } from '@371os/kernel';
import type { AgentPlacement, AgentRegistration } from '../domain/agent-record.ts';

/** An agent as it is registered. */
export interface IdentitySubject {
  readonly agentId: string;
  readonly name: string;
  readonly character: Readonly<Record<string, unknown>>;
}

/** What is to be published, and what it may cost. */
export interface IdentityQuote {
  /** To the letter what is approved. */
  readonly publication: Record<string, unknown>;
  readonly lines: readonly string[];
  /** What gas may cost in US dollars; undefined where nobody knows what the coin is worth. */
  readonly worstPico: PicoUsd | undefined;
}

interface Publishing {
  /** The same key publishes the same thing once. */
  readonly key: string;
  readonly requesterId: string;
  readonly signal: AbortSignal;
}

/** Where agents are registered: a chain, and files on IPFS. */
export interface IdentityBook {
  /** Whether a registry and a key are configured. */
  isOpen(): Promise<boolean>;
  quote(subject: IdentitySubject): Promise<IdentityQuote>;
  /** Registers it, or brings its registration up to date when it has one; once. */
  publish(
    publication: Readonly<Record<string, unknown>>,
    how: Publishing,
  ): Promise<AgentRegistration>;
  /** Adds where it answers. */
  place(agentId: string, placement: AgentPlacement, how: Publishing): Promise<AgentRegistration>;
  /**
   * Has its registration say where it answers, or that it answers nowhere now, in one transaction after
   * whatever was published last. Returns it once it says so; undefined while that is being published.
   * @throws NotPublishedError
   */
  keepAt(
    agentId: string,
    placement: AgentPlacement | undefined,
    requesterId: string,
  ): Promise<AgentRegistration | undefined>;
  /** Says that it is not active any more; undefined when it was never registered. */
  retire(agentId: string, how: Publishing): Promise<AgentRegistration | undefined>;
}
