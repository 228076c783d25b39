import type { AgentProfile, AgentSource } from '@371os/plugin-router';
import { z } from 'zod';
import { readClaim, type RemoteAgent } from '../domain/presence.ts';
import { WorksElsewhereError } from '../errors/presence.ts';

/** What the other processes have published of their agents. */
export interface Others {
  readonly machine: string;
  remoteAgents(): readonly RemoteAgent[];
  onChange(listener: () => void): () => void;
}

const published = z.object({
  role: z.string(),
  examples: z.array(z.string()),
  capabilities: z.array(z.string()),
  concurrency: z.number().int().min(1),
  isLocal: z.boolean(),
  statedRatePico: z.string().regex(/^\d+$/).transform(BigInt).optional(),
});

/**
 * The agents that work in other processes on this database. What is submitted to one waits in its
 * queue, and is done there. One on another machine is not told anything private.
 */
export class ElsewhereAgents implements AgentSource {
  readonly #others: Others;

  constructor(others: Others) {
    this.#others = others;
  }

  list(): AgentProfile[] {
    const profiles = this.#others.remoteAgents().flatMap((agent) => this.#profileOf(agent) ?? []);
    const byAgent = Map.groupBy(profiles, ({ name }) => readClaim(name).agent);
    return [...byAgent].map(([name, some]) => ({ ...together(some), name }));
  }

  onChange(listener: () => void): () => void {
    return this.#others.onChange(listener);
  }

  deliver({ agent }: { readonly agent: string }): Promise<string[]> {
    return Promise.reject(new WorksElsewhereError({ agent }));
  }

  // A process of another version may say what this one does not understand; then it is not shown.
  #profileOf({ name, profile, isThere, machine }: RemoteAgent): AgentProfile | undefined {
    const told = published.safeParse(parse(profile));
    if (!told.success) return undefined;
    const isLocal = told.data.isLocal && machine === this.#others.machine;
    return { ...told.data, name, isThere, isLocal, isElsewhere: true };
  }
}

// An agent and its replicas are one: there while one of them is, and private when all that are are.
function together(profiles: readonly AgentProfile[]): AgentProfile {
  const there = profiles.filter(({ isThere }) => isThere);
  const some = there.length > 0 ? there : profiles;
  return {
    ...(some[0] as AgentProfile),
    isLocal: some.every(({ isLocal }) => isLocal),
    concurrency: some.reduce((sum, { concurrency }) => sum + concurrency, 0),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
