import { explainError, type IdSource } from '@371os/kernel';
import { foldEvents } from '../domain/discovery/fold-events.ts';
import type { PlacedEvent, AgentReader, RegistryHistory } from '../ports/agent-sources.ts';
import type { BlockReference } from '../ports/evm-chain.ts';
import {
  dueAgents,
  keepFailure,
  keepProfile,
  keepRecords,
  staleAgents,
  type DueAgent,
} from '../store/agent-index-store.ts';
import type { Database } from '../store/database.ts';
import {
  holdIndex,
  keepEvents,
  leaveIndex,
  readBlocks,
  rollBack,
  type IndexHold,
} from '../store/event-index-store.ts';

export interface AgentIndexSettings {
  /** The block that the registry was deployed in, or before. */
  readonly fromBlock: number;
  /** Most blocks that are read at once. */
  readonly blocksAtOnce: number;
  /** How many files are read at once. */
  readonly filesAtOnce: number;
}

export interface AgentIndexComponents {
  readonly database: Database;
  readonly history: RegistryHistory;
  readonly reader: AgentReader;
  readonly settings: AgentIndexSettings;
  readonly newId: IdSource;
  readonly log: (problem: string, error: unknown) => void;
}

/** What one reading of the chain has brought. */
export interface SyncOutcome {
  /** False while another process reads. */
  readonly hasRead: boolean;
  readonly events: number;
  /** Whether the chain had another history than the one that was read before. */
  readonly hasRolledBack: boolean;
  readonly files: number;
}

const HOLD_MS = 60_000;
// Deeper than any reorganisation that a settled chain has seen; beyond it everything is read anew.
const BLOCKS_KEPT = 64;
const AGENTS_AT_ONCE = 200;
const MOST_FILES = 2_000;
const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 86_400_000;
const NOTHING: SyncOutcome = { hasRead: false, events: 0, hasRolledBack: false, files: 0 };

/** Another process has taken the index over, or this one stops. */
class IndexLost extends Error {}

/**
 * Keeps what registries hold in the database: reads on where it was left, takes back what the chain
 * has taken back, and reads the files that agents name. One process reads at a time.
 */
export class AgentIndex {
  readonly #components: AgentIndexComponents;
  readonly #hold: IndexHold;
  #syncing: Promise<SyncOutcome> | undefined;
  #isClosed = false;

  constructor(components: AgentIndexComponents) {
    this.#components = components;
    this.#hold = { registry: components.history.registry, holder: components.newId() };
  }

  get registry(): string {
    return this.#hold.registry;
  }

  /**
   * Reads up to the newest block, and the files that are due. Who asks while it is being read gets
   * the same outcome.
   * @throws RpcUnreachableError, RegistryStoreError; what was read before stays
   */
  async sync(): Promise<SyncOutcome> {
    this.#syncing ??= this.#sync().finally(() => {
      this.#syncing = undefined;
    });
    return this.#syncing;
  }

  /** Stops reading; what was read stays. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#syncing?.catch(() => undefined);
  }

  async #sync(): Promise<SyncOutcome> {
    const { database, settings } = this.#components;
    if (this.#isClosed || (await this.#renew()) === undefined) return NOTHING;
    let isComplete = false;
    try {
      const hasRolledBack = await this.#takeBack();
      const events = await this.#readOn();
      await this.#fold();
      isComplete = true;
      return { hasRead: true, events, hasRolledBack, files: await this.#readFiles() };
    } catch (error) {
      if (error instanceof IndexLost) return NOTHING;
      throw error;
    } finally {
      await leaveIndex(database, this.#hold, { isComplete }).catch((error: unknown) => {
        this.#components.log(`the index of ${String(settings.fromBlock)} was not left`, error);
      });
    }
  }

  async #renew(): Promise<number | undefined> {
    const { database, settings } = this.#components;
    const { fromBlock } = settings;
    return holdIndex(database, this.#hold, { fromBlock, ttlMs: HOLD_MS });
  }

  async #nextBlock(): Promise<number> {
    const next = this.#isClosed ? undefined : await this.#renew();
    if (next === undefined) throw new IndexLost();
    return next;
  }

  // Back to the newest block that the chain and we agree on, or to the beginning.
  async #takeBack(): Promise<boolean> {
    const { database, history, settings } = this.#components;
    const kept = await readBlocks(database, this.registry);
    const agreed = await newestAgreed(history, kept);
    if (agreed?.number === kept[0]?.number) return false;
    const last = agreed?.number ?? settings.fromBlock - 1;
    if (!(await rollBack(database, this.#hold, last))) throw new IndexLost();
    return true;
  }

  async #readOn(): Promise<number> {
    const { database, history, settings } = this.#components;
    const head = await history.head();
    let count = 0;
    for (let from = await this.#nextBlock(); from <= head.number; from = await this.#nextBlock()) {
      const last = Math.min(from + settings.blocksAtOnce - 1, head.number);
      const batch = await this.#batch(from, last);
      // The chain was reorganised while it was read: the next reading finds out from where.
      if (!batch) break;
      const { end, events } = batch;
      const kept = { fromBlock: from, end, events, blocksKept: BLOCKS_KEPT };
      if (!(await keepEvents(database, this.#hold, kept))) throw new IndexLost();
      count += events.length;
    }
    return count;
  }

  async #batch(
    from: number,
    last: number,
  ): Promise<{ end: BlockReference; events: readonly PlacedEvent[] } | undefined> {
    const { history } = this.#components;
    const before = await history.block(last);
    const events = await history.events(from, last);
    const end = await history.block(last);
    return end && before?.hash === end.hash ? { end, events } : undefined;
  }

  async #fold(): Promise<void> {
    const { database } = this.#components;
    for (;;) {
      const stale = await staleAgents(database, this.registry, AGENTS_AT_ONCE);
      if (stale.length === 0) return;
      await this.#nextBlock();
      const records = stale.map(({ id, blockNumber, events }) => ({
        ...{ id, blockNumber, record: foldEvents(events) },
      }));
      await keepRecords(database, this.#hold, records);
    }
  }

  async #readFiles(): Promise<number> {
    const { database, settings } = this.#components;
    const { filesAtOnce } = settings;
    let count = 0;
    while (count < MOST_FILES) {
      const due = await dueAgents(database, this.registry, filesAtOnce);
      if (due.length === 0) break;
      await this.#nextBlock();
      await Promise.all(due.map((agent) => this.#readFile(agent)));
      count += due.length;
    }
    return count;
  }

  async #readFile(agent: DueAgent): Promise<void> {
    const { database, reader } = this.#components;
    try {
      // Kept for the URI that was read, so that one that has changed since is read again.
      const { uri, profile } = await reader.read(agent.agentId);
      await keepProfile(database, { ...agent, uri }, profile);
    } catch (error) {
      const retryMs = Math.min(FIRST_RETRY_MS * 2 ** agent.attempts, LAST_RETRY_MS);
      await keepFailure(database, agent, { failure: explainError(error).slice(0, 500), retryMs });
    }
  }
}

async function newestAgreed<Block extends { readonly number: number; readonly hash: string }>(
  history: RegistryHistory,
  blocks: readonly Block[],
): Promise<Block | undefined> {
  for (const block of blocks)
    if ((await history.block(block.number))?.hash === block.hash) return block;
  return undefined;
}
