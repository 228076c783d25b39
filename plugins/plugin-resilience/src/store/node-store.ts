import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { peerAgent, type PeerAgent } from '../domain/mesh/hello.ts';
import type { KnownPeer, MeshPeer } from '../ports/mesh.ts';
import type { Database } from './database.ts';

/** A node as all processes of this one know it. */
export interface StoredPeer extends KnownPeer {
  readonly isReachable: boolean;
}

const OWN = 'own';
const REACHABLE_MS = 10_000;
const HEARD_LATELY_MS = 15_000;
const MOST_LISTED = 256;

const keyRow = z.object({ private_key: z.string() });
const json = <Item extends z.ZodType>(item: Item) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.array(item));
const staffRow = z.object({ agents: json(peerAgent), is_recent: z.boolean() });
const peerRow = z
  .object({
    id: z.string(),
    name: z.string(),
    version: z.string(),
    addresses: json(z.string()),
    agents: json(peerAgent),
    seen_at_ms: z.coerce.number(),
    is_reachable: z.boolean(),
  })
  .transform(({ seen_at_ms, is_reachable, ...row }): StoredPeer => ({
    ...row,
    seenAtMs: seen_at_ms,
    isReachable: is_reachable,
  }));

/** Who this node is, and whom it has met. */
export class NodeStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The key of this node: the one given, when there was none. */
  async keyOr(made: string): Promise<string> {
    await this.#database.query(
      sql`INSERT INTO resilience.node_keys (id, private_key) VALUES (${OWN}, ${made})
        ON CONFLICT DO NOTHING`,
      z.unknown(),
    );
    const [row] = await this.#database.query(
      sql`SELECT private_key FROM resilience.node_keys WHERE id = ${OWN}`,
      keyRow,
    );
    return row?.private_key ?? made;
  }

  /** Keeps how nodes are now; a reachable one counts as such for ten seconds more. */
  async save(peers: readonly MeshPeer[]): Promise<void> {
    const rows = peers.map(({ id, name, version, addresses, agents, seenAtMs, isReachable }) => ({
      ...{ id, name, version, addresses: JSON.stringify(addresses) },
      ...{ agents: JSON.stringify(agents), seen_at_ms: seenAtMs, is_reachable: isReachable },
    }));
    await this.#database.query(
      sql`INSERT INTO resilience.peers (id, name, version, addresses, agents, seen_at, reachable_until)
        SELECT id, name, version, addresses, agents, to_timestamp(seen_at_ms / 1000.0),
          CASE WHEN is_reachable
            THEN clock_timestamp() + ${REACHABLE_MS}::integer * interval '1 millisecond'
            ELSE '-infinity'::timestamptz END
        FROM json_to_recordset(${JSON.stringify(rows)}::json) AS peer(id text, name text,
          version text, addresses text, agents text, seen_at_ms double precision, is_reachable boolean)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, version = excluded.version,
          addresses = excluded.addresses, agents = excluded.agents, seen_at = excluded.seen_at,
          reachable_until = excluded.reachable_until`,
      z.unknown(),
    );
  }

  /** All nodes that were ever met, the last seen first. */
  async peers(): Promise<StoredPeer[]> {
    return this.#database.query(
      sql`SELECT id, name, version, addresses, agents,
          (extract(epoch FROM seen_at) * 1000)::bigint::text AS seen_at_ms,
          reachable_until > clock_timestamp() AS is_reachable
        FROM resilience.peers ORDER BY seen_at DESC LIMIT ${MOST_LISTED}::integer`,
      peerRow,
    );
  }

  /** Keeps who works for this node, as its front desk knows it. */
  async saveStaff(agents: readonly PeerAgent[]): Promise<void> {
    await this.#database.query(
      sql`INSERT INTO resilience.staff (id, agents, said_at)
        VALUES (${OWN}, ${JSON.stringify(agents)}, clock_timestamp())
        ON CONFLICT (id) DO UPDATE SET agents = excluded.agents, said_at = excluded.said_at`,
      z.unknown(),
    );
  }

  /** The same; when nobody has said it for 15 s, it is not known of any of them that it is there. */
  async staff(): Promise<PeerAgent[]> {
    const [row] = await this.#database.query(
      sql`SELECT agents, said_at > clock_timestamp()
          - ${HEARD_LATELY_MS}::integer * interval '1 millisecond' AS is_recent
        FROM resilience.staff WHERE id = ${OWN}`,
      staffRow,
    );
    const { agents = [], is_recent: isRecent = false } = row ?? {};
    return agents.map((agent) => ({ ...agent, isThere: agent.isThere && isRecent }));
  }
}
