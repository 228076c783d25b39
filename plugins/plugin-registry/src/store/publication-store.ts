import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import {
  PUBLICATION_STATES,
  publicationPlanSchema,
  publishedSchema,
  type CompanyAgent,
  type Publication,
  type PublicationPlan,
  type PublicationState,
  type Published,
} from '../domain/publication.ts';
import type { Database } from './database.ts';

/** Which agent, in which registry. */
export type AgentKey = Pick<CompanyAgent, 'chainId' | 'registry' | 'did'>;

const absent = z
  .string()
  .nullable()
  .transform((text) => text ?? undefined);
const published = publishedSchema.nullable().transform((kept) => kept ?? undefined);

const AGENT = sql.raw('chain_id::text AS chain_id, registry, did, name, owner, published');
const agentRow = z
  .object({
    chain_id: z.string().transform(Number),
    registry: z.string(),
    did: z.string(),
    name: z.string(),
    owner: z.string(),
    published,
  })
  .transform((kept): CompanyAgent => ({
    chainId: kept.chain_id,
    registry: kept.registry,
    did: kept.did,
    name: kept.name,
    owner: kept.owner,
    published: kept.published,
  }));

const PUBLICATION = sql.raw('id, state, plan, requester_id, room_id, published, failure');
const publicationRow = z
  .object({
    id: z.string(),
    state: z.enum(PUBLICATION_STATES),
    plan: publicationPlanSchema,
    requester_id: z.string(),
    room_id: z.string(),
    published,
    failure: absent,
  })
  .transform((kept): Publication => ({
    id: kept.id,
    state: kept.state,
    plan: kept.plan,
    requesterId: kept.requester_id,
    roomId: kept.room_id,
    published: kept.published,
    failure: kept.failure,
  }));

const isAgent = ({ chainId, registry, did }: AgentKey): SQL =>
  sql`chain_id = ${chainId}::bigint AND registry = ${registry} AND did = ${did}`;

export async function findAgent(
  database: Database,
  key: AgentKey,
): Promise<CompanyAgent | undefined> {
  const [found] = await database.query(
    sql`SELECT ${AGENT} FROM registry.agents WHERE ${isAgent(key)}`,
    agentRow,
  );
  return found;
}

/** Agents of this company that are registered in a registry, by name. */
export async function listAgents(
  database: Database,
  { chainId, registry }: Pick<AgentKey, 'chainId' | 'registry'>,
): Promise<CompanyAgent[]> {
  return database.query(
    sql`SELECT ${AGENT} FROM registry.agents
      WHERE chain_id = ${chainId}::bigint AND registry = ${registry} AND published IS NOT NULL
      ORDER BY name, did LIMIT 1000`,
    agentRow,
  );
}

/**
 * Takes an agent for one publication, which may take it again; undefined while it is another one's.
 */
export async function takeAgent(
  database: Database,
  { chainId, registry, did, name, owner }: AgentKey & Pick<CompanyAgent, 'name' | 'owner'>,
  publicationId: string,
): Promise<CompanyAgent | undefined> {
  const [taken] = await database.query(
    sql`INSERT INTO registry.agents AS kept (chain_id, registry, did, name, owner, holder)
      VALUES (${chainId}::bigint, ${registry}, ${did}, ${name}, ${owner}, ${publicationId})
      ON CONFLICT (chain_id, registry, did) DO UPDATE
        SET holder = ${publicationId}, updated_at = clock_timestamp()
        WHERE kept.holder IS NULL OR kept.holder = ${publicationId}
      RETURNING ${AGENT}`,
    agentRow,
  );
  return taken;
}

/** The next sequence number of an agent's files. */
export async function nextSequence(
  database: Database,
  key: AgentKey,
  { above }: { above: number },
): Promise<number> {
  const [next] = await database.query(
    sql`UPDATE registry.agents SET sequence = greatest(sequence, ${above}::integer) + 1
      WHERE ${isAgent(key)} RETURNING sequence`,
    z.object({ sequence: z.number() }),
  );
  return next?.sequence ?? above + 1;
}

/** Writes down what stands on chain of an agent whose publication goes on. */
export async function keepPublished(
  database: Database,
  key: AgentKey,
  published: Published,
): Promise<void> {
  await database.query(
    sql`UPDATE registry.agents
      SET published = ${jsonOf(published)}::jsonb, agent_id = ${String(published.agentId)},
        updated_at = clock_timestamp()
      WHERE ${isAgent(key)} RETURNING did`,
    z.object({ did: z.string() }),
  );
}

/** Keeps what was approved; one with the same id is left as it is. */
export async function insertPublication(
  database: Database,
  init: { id: string; plan: PublicationPlan; requesterId: string; roomId: string },
): Promise<void> {
  const { chainId, registry, did } = init.plan;
  await database.query(
    sql`INSERT INTO registry.publications
        (id, chain_id, registry, did, state, plan, requester_id, room_id)
      VALUES (${init.id}, ${chainId}::bigint, ${registry}, ${did}, 'PUBLISHING',
        ${JSON.stringify(init.plan)}::jsonb, ${init.requesterId}, ${init.roomId})
      ON CONFLICT (id) DO NOTHING RETURNING ${PUBLICATION}`,
    publicationRow,
  );
}

export async function findPublication(
  database: Database,
  id: string,
): Promise<Publication | undefined> {
  const [found] = await database.query(
    sql`SELECT ${PUBLICATION} FROM registry.publications WHERE id = ${id}`,
    publicationRow,
  );
  return found;
}

/**
 * Ends a publication and lets go of its agent, in one statement; what it has published stands for
 * the agent from now on.
 */
export async function endPublication(
  database: Database,
  id: string,
  end: { state: PublicationState; published?: Published | undefined; failure?: string | undefined },
): Promise<void> {
  const text = end.published === undefined ? null : jsonOf(end.published);
  await database.query(
    sql`WITH ended AS (
        UPDATE registry.publications
        SET state = ${end.state}, published = coalesce(${text}::jsonb, published),
          failure = ${end.failure ?? null}, updated_at = clock_timestamp()
        WHERE id = ${id} RETURNING id, chain_id, registry, did)
      UPDATE registry.agents AS kept
      SET holder = NULL, published = coalesce(${text}::jsonb, kept.published),
        agent_id = coalesce(${end.published ? String(end.published.agentId) : null}, kept.agent_id),
        updated_at = clock_timestamp()
      FROM ended
      WHERE kept.chain_id = ended.chain_id AND kept.registry = ended.registry
        AND kept.did = ended.did AND kept.holder = ended.id
      RETURNING kept.did`,
    z.object({ did: z.string() }),
  );
}

function jsonOf(value: Published): string {
  return JSON.stringify(value, (_key, field: unknown) =>
    typeof field === 'bigint' ? String(field) : field,
  );
}
