import type { Clock } from '@371os/kernel';
import { isMeant, type IndexedAgent } from '../domain/discovery/indexed-agent.ts';
import { searchable, type SearchableAgent } from '../domain/discovery/match-words.ts';
import { rankAgents, type Criteria, type Discovery } from '../domain/discovery/rank-agents.ts';
import { aggregateFeedback } from '../domain/reputation/aggregate-feedback.ts';
import { AgentNotFoundError } from '../tool-errors.ts';
import {
  changedAgents,
  readSigns,
  type KeptAgent,
  type ReadUpTo,
} from '../store/agent-index-store.ts';
import type { Database } from '../store/database.ts';

export interface AgentDirectoryComponents {
  readonly database: Database;
  readonly registry: string;
  /** Addresses whose feedback counts in full, in lower case. */
  readonly trustedRaters: ReadonlySet<string>;
  readonly now: Clock;
  /** Reads the registries: an agent that is not known may have come since. */
  readonly freshen: () => Promise<unknown>;
}

// So that others get their turn while many are read.
const AT_ONCE = 500;

/**
 * The agents of the index in memory, so that all of them are looked at within milliseconds. Before
 * each look it reads what has changed in the database, whoever has changed it.
 */
export class AgentDirectory {
  readonly #components: AgentDirectoryComponents;
  readonly #agents = new Map<string, SearchableAgent>();
  #since: ReadUpTo = { revision: 0, id: '' };
  #refreshing: Promise<void> | undefined;

  constructor(components: AgentDirectoryComponents) {
    this.#components = components;
  }

  /** The agents that fit, ranked. @throws RegistryStoreError */
  async discover(criteria: Criteria): Promise<Discovery> {
    await this.#refresh();
    return rankAgents(this.#agents.values(), criteria, this.#components.now());
  }

  /**
   * The agent that an id, a number or a name stands for.
   * @throws AgentNotFoundError when there is none, or several have that name
   */
  async find(wanted: string): Promise<IndexedAgent> {
    const found = await this.#named(wanted);
    if (found) return found;
    await this.#components.freshen();
    const later = await this.#named(wanted);
    if (later) return later;
    throw new AgentNotFoundError({ wanted });
  }

  /** Every agent with a file that was verified. */
  async all(): Promise<IndexedAgent[]> {
    await this.#refresh();
    return [...this.#agents.values()].map(({ entry }) => entry);
  }

  async #named(wanted: string): Promise<IndexedAgent | undefined> {
    const found = (await this.all()).filter((agent) => isMeant(agent, wanted));
    const number = wanted.replace(/^#/, '');
    return (
      found.find(({ id, agentId }) => id === number || agentId === number) ??
      (found.length === 1 ? found[0] : undefined)
    );
  }

  async #refresh(): Promise<void> {
    this.#refreshing ??= this.#readChanges().finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
  }

  async #readChanges(): Promise<void> {
    const { database, registry } = this.#components;
    let read: KeptAgent[];
    do {
      read = await changedAgents(database, registry, { since: this.#since, limit: AT_ONCE });
      for (const kept of read) this.#keep(kept);
    } while (read.length === AT_ONCE);
    for (const [id, aliveUntilMs] of await readSigns(database)) {
      const agent = this.#agents.get(id);
      if (agent && agent.entry.aliveUntilMs !== aliveUntilMs)
        this.#agents.set(id, { ...agent, entry: { ...agent.entry, aliveUntilMs } });
    }
  }

  #keep(kept: KeptAgent): void {
    const entry = this.#entryOf(kept);
    if (entry) this.#agents.set(kept.id, searchable(entry));
    else this.#agents.delete(kept.id);
    this.#since = kept;
  }

  #entryOf({ id, agentId, blockNumber, record, profile }: KeptAgent): IndexedAgent | undefined {
    if (!record || !profile) return undefined;
    return {
      ...{ ...profile, id, agentId, blockNumber, owner: record.owner, wallet: undefined },
      reputation: aggregateFeedback(record.feedback, this.#components.trustedRaters),
      aliveUntilMs: this.#agents.get(id)?.entry.aliveUntilMs,
    };
  }
}
