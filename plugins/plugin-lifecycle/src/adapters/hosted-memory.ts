import { CompanyClient } from '@371os/client';
import { wayTo } from '@371os/kernel';
import type { AgentRecord } from '../domain/agent-record.ts';
import type { SavedMemory } from '../domain/snapshot.ts';
import { HostedAgentAwayError } from '../errors/hosting.ts';
import type { AgentMemory } from '../ports/agent-memory.ts';
import type { Hosting } from '../ports/hosting.ts';
import type { TokenOf } from './agent-tokens.ts';

export interface HostedMemoryComponents {
  readonly hosting: Pick<Hosting, 'find'>;
  readonly tokenOf: TokenOf;
}

// A request holds at most 2 MiB.
const ROWS_AT_ONCE = 100;

/** What agents that are hosted elsewhere remember, in the databases of their own. */
export class HostedMemory implements AgentMemory {
  readonly #components: HostedMemoryComponents;

  constructor(components: HostedMemoryComponents) {
    this.#components = components;
  }

  /** @throws HostedAgentAwayError, and what the client throws */
  async save(agent: AgentRecord): Promise<SavedMemory> {
    return (await this.#clientFor(agent)).saveMemory();
  }

  /** @throws HostedAgentAwayError, and what the client throws */
  async restore(agent: AgentRecord, { rooms, memories }: SavedMemory): Promise<void> {
    const client = await this.#clientFor(agent);
    await client.restoreMemory({ rooms, memories: {} });
    for (const [table, rows] of Object.entries(memories))
      for (let at = 0; at < rows.length; at += ROWS_AT_ONCE)
        await client.restoreMemory({
          ...{ rooms: [], memories: { [table]: rows.slice(at, at + ROWS_AT_ONCE) } },
        });
  }

  async #clientFor(agent: AgentRecord): Promise<CompanyClient> {
    const { hosting, tokenOf } = this.#components;
    const { name, id, generation, placement } = agent;
    const place = placement && (await hosting.find(placement.deploymentId));
    if (!place || place === 'moving')
      throw new HostedAgentAwayError({ agent: name, why: 'what it remembers cannot be read now.' });
    const url = await wayTo(place.endpoint);
    return new CompanyClient({ url, token: tokenOf({ id, generation }) });
  }
}
