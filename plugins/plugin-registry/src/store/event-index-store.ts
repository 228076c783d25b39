import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { PlacedEvent } from '../ports/agent-sources.ts';
import type { Database } from './database.ts';
import { storableJson } from './storable.ts';

/** Who reads a registry at the moment; what others write in the meantime does not count. */
export interface IndexHold {
  readonly registry: string;
  readonly holder: string;
}

export interface ReadBlock {
  readonly number: number;
  readonly hash: string;
}

const count = z.object({ count: z.coerce.number() });
const state = z.object({ next_block: z.coerce.number() });

/**
 * Takes the right to read a registry, for so long; anew where it is held already.
 * @returns the first block that has not been read, or undefined while another process reads
 */
export async function holdIndex(
  database: Database,
  { registry, holder }: IndexHold,
  { fromBlock, ttlMs }: { fromBlock: number; ttlMs: number },
): Promise<number | undefined> {
  const until = sql`clock_timestamp() + ${ttlMs}::integer * interval '1 millisecond'`;
  const [held] = await database.query(
    sql`INSERT INTO registry.index_states (registry, next_block, holder, held_until)
      VALUES (${registry}, ${fromBlock}::bigint, ${holder}, ${until})
      ON CONFLICT (registry) DO UPDATE SET holder = ${holder}, held_until = ${until}
      WHERE index_states.holder IS NULL OR index_states.holder = ${holder}
        OR index_states.held_until < clock_timestamp()
      RETURNING next_block`,
    state,
  );
  return held?.next_block;
}

/** Lets others read; notes when it was last read to its end. */
export async function leaveIndex(
  database: Database,
  { registry, holder }: IndexHold,
  { isComplete }: { isComplete: boolean },
): Promise<void> {
  await database.query(
    sql`UPDATE registry.index_states
      SET holder = NULL,
        synced_at = CASE WHEN ${isComplete}::boolean THEN clock_timestamp() ELSE synced_at END
      WHERE registry = ${registry} AND holder = ${holder}`,
    count,
  );
}

export interface IndexProgress {
  readonly nextBlock: number;
  /** When it was last read to the newest block, in milliseconds since 1970. */
  readonly syncedAtMs: number | undefined;
}

export async function readProgress(
  database: Database,
  registry: string,
): Promise<IndexProgress | undefined> {
  const [found] = await database.query(
    sql`SELECT next_block, (extract(epoch FROM synced_at) * 1000)::bigint::text AS synced_at_ms
      FROM registry.index_states WHERE registry = ${registry}`,
    state.extend({ synced_at_ms: z.string().nullable() }),
  );
  if (!found) return undefined;
  const { next_block: nextBlock, synced_at_ms: synced } = found;
  return { nextBlock, syncedAtMs: synced === null ? undefined : Number(synced) };
}

/** The newest blocks whose hashes are kept, newest first. */
export async function readBlocks(database: Database, registry: string): Promise<ReadBlock[]> {
  return database.query(
    sql`SELECT number, hash FROM registry.index_blocks WHERE registry = ${registry}
      ORDER BY number DESC LIMIT 1000`,
    z.object({ number: z.coerce.number(), hash: z.string() }),
  );
}

/**
 * Keeps the events up to a block, all or none, and of the blocks' hashes the newest.
 * @returns false when somebody else has read on from there
 */
export async function keepEvents(
  database: Database,
  { registry, holder }: IndexHold,
  batch: {
    readonly fromBlock: number;
    readonly end: ReadBlock;
    readonly events: readonly PlacedEvent[];
    readonly blocksKept: number;
  },
): Promise<boolean> {
  const { fromBlock, end, events, blocksKept } = batch;
  const rows = storableJson(
    events.map(({ agentId, blockNumber, logIndex, event }) => ({
      ...{ agent_id: agentId, block_number: blockNumber, log_index: logIndex, event },
    })),
  );
  const [{ count: kept } = { count: 0 }] = await database.query(
    sql`WITH held AS (
        UPDATE registry.index_states SET next_block = ${end.number + 1}::bigint
        WHERE registry = ${registry} AND holder = ${holder} AND next_block = ${fromBlock}::bigint
        RETURNING registry
      ), given AS (
        SELECT held.registry, one.* FROM held,
          json_to_recordset(${rows}::json) AS one
            (agent_id text, block_number bigint, log_index integer, event jsonb)
      ), added AS (
        INSERT INTO registry.index_events (id, registry, agent_id, block_number, log_index, event)
        SELECT registry || '#' || block_number || '#' || log_index, registry, agent_id,
          block_number, log_index, event FROM given
        ON CONFLICT (id) DO NOTHING
      ), touched AS (
        INSERT INTO registry.indexed_agents (id, registry, agent_id)
        SELECT DISTINCT registry || '/' || agent_id, registry, agent_id FROM given
        ON CONFLICT (id) DO UPDATE SET is_stale = true
      ), marked AS (
        INSERT INTO registry.index_blocks (id, registry, number, hash)
        SELECT registry || '#' || ${end.number}::bigint, registry, ${end.number}::bigint, ${end.hash}
        FROM held ON CONFLICT (id) DO UPDATE SET hash = excluded.hash
      ), forgotten AS (
        DELETE FROM registry.index_blocks USING held
        WHERE index_blocks.registry = held.registry AND index_blocks.number < (
          SELECT coalesce(min(number), 0) FROM (
            SELECT number FROM registry.index_blocks AS newest
            WHERE newest.registry = ${registry} ORDER BY number DESC LIMIT ${blocksKept}::integer
          ) AS kept)
      )
      SELECT count(*)::integer AS count FROM held`,
    count,
  );
  return kept === 1;
}

/** Takes back what was read after a block: the chain has another history since. */
export async function rollBack(
  database: Database,
  { registry, holder }: IndexHold,
  lastBlock: number,
): Promise<boolean> {
  const [{ count: held } = { count: 0 }] = await database.query(
    sql`WITH held AS (
        UPDATE registry.index_states SET next_block = ${lastBlock + 1}::bigint
        WHERE registry = ${registry} AND holder = ${holder}
        RETURNING registry
      ), gone AS (
        DELETE FROM registry.index_events USING held
        WHERE index_events.registry = held.registry
          AND index_events.block_number > ${lastBlock}::bigint
        RETURNING index_events.agent_id
      ), unmarked AS (
        DELETE FROM registry.index_blocks USING held
        WHERE index_blocks.registry = held.registry
          AND index_blocks.number > ${lastBlock}::bigint
      ), touched AS (
        UPDATE registry.indexed_agents SET is_stale = true
        FROM (SELECT DISTINCT agent_id FROM gone) AS changed
        WHERE indexed_agents.registry = ${registry}
          AND indexed_agents.agent_id = changed.agent_id
      )
      SELECT count(*)::integer AS count FROM held`,
    count,
  );
  return held === 1;
}
