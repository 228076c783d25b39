import { processWide } from '@371os/kernel';
import type { Claims } from '../ports.ts';

/**
 * Which agents of this process may work here. Until somebody tells, all may: then nobody shares the
 * database.
 */
export class AgentClaims implements Claims {
  readonly #listeners = new Set<() => void>();
  #heeded: Claims | undefined;

  /** Lets somebody tell. Returns what ends that. */
  heed(claims: Claims): () => void {
    this.#heeded = claims;
    const stopListening = claims.onChange(() => {
      this.#announce();
    });
    this.#announce();
    return () => {
      stopListening();
      this.#heeded = undefined;
    };
  }

  holds(agent: string): boolean {
    return this.#heeded?.holds(agent) ?? true;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #announce(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** The claims of this process; its agents share them. */
export function agentClaims(): AgentClaims {
  return processWide('agent-claims', () => new AgentClaims());
}
