import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { AgentEvent, ChainRecord } from '../domain/discovery/fold-events.ts';
import type { Profile } from '../domain/discovery/indexed-agent.ts';
import type { Database } from './database.ts';
import type { IndexHold } from './event-index-store.ts';
import { storableJson, storableText } from './storable.ts';

/** An agent some of whose events have come or gone. */
export interface StaleAgent {
  readonly id: string;
  readonly blockNumber: number;
  /** In the order of the chain. */
  readonly events: readonly AgentEvent[];
}

const id = z.object({ id: z.string() });
const number = z.coerce.number();

const text = z.string();
// What this plugin has written itself.
const event: z.ZodType<AgentEvent> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('registered'), uri: text, owner: text }),
  z.object({ kind: z.literal('uri'), uri: text }),
  z.object({ kind: z.literal('transfer'), to: text }),
  z.object({ kind: z.literal('metadata'), key: text, value: text }),
  z.object({
    ...{ kind: z.literal('feedback'), client: text, index: text, value: text },
    ...{ decimals: z.number(), tag: text },
  }),
  z.object({ kind: z.literal('revoked'), client: text, index: text }),
]);

/** Agents whose events have changed since their record was made. */
export async function staleAgents(
  database: Database,
  registry: string,
  limit: number,
): Promise<StaleAgent[]> {
  return database.query(
    sql`SELECT id, coalesce(events, '[]'::jsonb) AS events, coalesce(block_number, 0) AS block_number
      FROM (
        SELECT id, agent_id FROM registry.indexed_agents
        WHERE registry = ${registry} AND is_stale ORDER BY id LIMIT ${limit}::integer
      ) AS stale
      LEFT JOIN LATERAL (
        SELECT jsonb_agg(event ORDER BY block_number, log_index) AS events,
          max(block_number) AS block_number
        FROM registry.index_events
        WHERE index_events.registry = ${registry} AND index_events.agent_id = stale.agent_id
      ) AS told ON true`,
    z
      .object({ id: text, block_number: number, events: z.array(event) })
      .transform(({ block_number: blockNumber, ...rest }) => ({ ...rest, blockNumber })),
  );
}

/** Keeps what the events of agents come to. A file is read anew when its URI has changed. */
export async function keepRecords(
  database: Database,
  { registry, holder }: IndexHold,
  records: readonly {
    readonly id: string;
    readonly blockNumber: number;
    readonly record: ChainRecord | undefined;
  }[],
): Promise<void> {
  const rows = storableJson(
    records.map(({ id: agent, blockNumber, record = null }) => ({
      ...{ id: agent, block_number: blockNumber, uri: record?.uri ?? null, record },
    })),
  );
  await database.query(
    sql`UPDATE registry.indexed_agents SET
        is_stale = false, record = kept.record, uri = kept.uri, block_number = kept.block_number,
        revision = (SELECT coalesce(max(revision), 0) + 1 FROM registry.indexed_agents),
        attempts = CASE WHEN indexed_agents.uri IS DISTINCT FROM kept.uri THEN 0 ELSE attempts END,
        due_at = CASE WHEN kept.uri IS NULL THEN NULL
          WHEN read_uri IS DISTINCT FROM kept.uri THEN clock_timestamp() ELSE due_at END
      FROM json_to_recordset(${rows}::json) AS kept
        (id text, block_number bigint, uri text, record jsonb)
      WHERE indexed_agents.id = kept.id AND EXISTS (
        SELECT 1 FROM registry.index_states
        WHERE index_states.registry = ${registry} AND index_states.holder = ${holder})
      RETURNING indexed_agents.id`,
    id,
  );
}

/** An agent whose file is to be read. */
export interface DueAgent {
  readonly id: string;
  readonly agentId: string;
  readonly owner: string;
  readonly uri: string;
  /** How often in a row it could not be read. */
  readonly attempts: number;
}

/** Those that have waited longest. */
export async function dueAgents(
  database: Database,
  registry: string,
  limit: number,
): Promise<DueAgent[]> {
  return database.query(
    sql`SELECT id, agent_id, uri, record->>'owner' AS owner, attempts FROM registry.indexed_agents
      WHERE registry = ${registry} AND due_at <= clock_timestamp() AND record IS NOT NULL
      ORDER BY due_at, id LIMIT ${limit}::integer`,
    z
      .object({ id: text, agent_id: text, uri: text, owner: text, attempts: z.number() })
      .transform(({ agent_id: agentId, ...rest }) => ({ ...rest, agentId })),
  );
}

/** Keeps what a file said, for as long as the agent names that file. */
export async function keepProfile(
  database: Database,
  { id: agent, uri }: Pick<DueAgent, 'id' | 'uri'>,
  profile: Profile,
): Promise<void> {
  await database.query(
    sql`UPDATE registry.indexed_agents SET
        profile = ${storableJson(profile)}::jsonb, read_uri = uri, failure = NULL, attempts = 0,
        due_at = NULL,
        revision = (SELECT coalesce(max(revision), 0) + 1 FROM registry.indexed_agents)
      WHERE id = ${agent} AND uri = ${storableText(uri)} RETURNING id`,
    id,
  );
}

/**
 * Keeps why a file could not be read, and when it is tried again. An older file counts no longer:
 * the agent has said that it is not what it is any more.
 */
export async function keepFailure(
  database: Database,
  { id: agent, uri }: Pick<DueAgent, 'id' | 'uri'>,
  { failure, retryMs }: { failure: string; retryMs: number },
): Promise<void> {
  await database.query(
    sql`UPDATE registry.indexed_agents SET
        failure = ${storableText(failure)}, attempts = attempts + 1,
        profile = CASE WHEN read_uri = uri THEN profile ELSE NULL END,
        due_at = clock_timestamp() + ${retryMs}::bigint * interval '1 millisecond',
        revision = (SELECT coalesce(max(revision), 0) + 1 FROM registry.indexed_agents)
      WHERE id = ${agent} AND uri = ${uri} RETURNING id`,
    id,
  );
}

/** An agent as the index has it now; without a record or profile it is not to be found. */
export interface KeptAgent {
  readonly id: string;
  readonly agentId: string;
  readonly revision: number;
  readonly blockNumber: number;
  readonly record: ChainRecord | undefined;
  readonly profile: Profile | undefined;
}

const feedback = z.object({
  ...{ client: text, value: text.transform(BigInt), decimals: z.number(), tag: text },
  isRevoked: z.boolean(),
});
const recordRow = z.object({
  ...{ owner: text, uri: text, metadata: z.record(text, text), feedback: z.array(feedback) },
});
const given = <Value extends z.ZodType>(value: Value) => value.optional().transform((one) => one);
const schema = given(z.record(text, z.unknown()));
const tool = z.object({
  ...{ id: text, name: text, description: text, tags: z.array(text) },
  ...{ inputSchema: schema, outputSchema: schema, priceText: given(text) },
  pricePico: given(text.transform(BigInt)),
});
const profileRow = z.object({
  ...{ cid: given(text), name: text, description: text, agentType: text, isActive: z.boolean() },
  promisesSigns: z.boolean(),
  endpoints: z.array(z.object({ platform: z.enum(['mcp', 'a2a', 'web']), url: text })),
  tools: z.array(tool),
});

/** Up to where somebody has read: an agent, and the revision that it had. */
export interface ReadUpTo {
  readonly revision: number;
  readonly id: string;
}

/** Agents that have changed since, in the order of their changes, at most so many. */
export async function changedAgents(
  database: Database,
  registry: string,
  { since, limit }: { since: ReadUpTo; limit: number },
): Promise<KeptAgent[]> {
  return database.query(
    sql`SELECT id, agent_id, revision, block_number, record, profile FROM registry.indexed_agents
      WHERE registry = ${registry} AND (revision, id) > (${since.revision}::bigint, ${since.id})
      ORDER BY revision, id LIMIT ${limit}::integer`,
    z
      .object({
        ...{ id: text, agent_id: text, revision: number, block_number: number },
        record: recordRow.nullable(),
        profile: profileRow.nullable(),
      })
      .transform((row): KeptAgent => ({
        ...{ id: row.id, agentId: row.agent_id, revision: row.revision },
        blockNumber: row.block_number,
        record: row.record ?? undefined,
        profile: row.profile ? profileIn(row.profile) : undefined,
      })),
  );
}

// Fields that are missing in JSON are there as undefined.
function profileIn(row: z.output<typeof profileRow>): Profile {
  const tools = row.tools.map(({ inputSchema, outputSchema, pricePico, priceText, ...rest }) => ({
    ...{ ...rest, inputSchema, outputSchema, pricePico, priceText },
  }));
  return { ...row, cid: row.cid, tools };
}

/** Until when each agent's newest sign of life counts, in milliseconds since 1970. */
export async function readSigns(database: Database): Promise<Map<string, number>> {
  const rows = await database.query(
    sql`SELECT global_id, issued_at_ms, record->>'leaseSeconds' AS lease_seconds
      FROM registry.heartbeats`,
    z.object({ global_id: text, issued_at_ms: number, lease_seconds: number }),
  );
  return new Map(rows.map((row) => [row.global_id, row.issued_at_ms + row.lease_seconds * 1_000]));
}

/** How many agents there are, how many of them have a file that was read, and how many have not. */
export async function countAgents(
  database: Database,
  registry: string,
): Promise<{ registered: number; readable: number; failing: number }> {
  const [counts] = await database.query(
    sql`SELECT count(*)::integer AS registered, count(profile)::integer AS readable,
        count(failure)::integer AS failing
      FROM registry.indexed_agents WHERE registry = ${registry} AND record IS NOT NULL`,
    z.object({ registered: z.number(), readable: z.number(), failing: z.number() }),
  );
  return counts ?? { registered: 0, readable: 0, failing: 0 };
}

/** Why the files of agents could not be read. */
export async function readFailures(
  database: Database,
  registry: string,
): Promise<{ id: string; failure: string; attempts: number }[]> {
  return database.query(
    sql`SELECT id, failure, attempts FROM registry.indexed_agents
      WHERE registry = ${registry} AND failure IS NOT NULL AND record IS NOT NULL
      ORDER BY id LIMIT 1000`,
    z.object({ id: text, failure: text, attempts: z.number() }),
  );
}
