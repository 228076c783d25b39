import { StatementRunner, type StatementExecutor } from '@371os/kernel';
import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { NodeSign, NodeUsage, PresenceSign } from '../domain/presence.ts';
import { PresenceStoreError } from '../errors/presence.ts';

export type SqlExecutor = StatementExecutor<SQL>;

/** What one heartbeat brings. */
export interface Look {
  /** False when this process was taken to be dead, or its lease was over. */
  readonly isMember: boolean;
  /** The agents that it holds, with their generations. */
  readonly held: readonly { readonly agent: string; readonly generation: number }[];
  readonly nodes: readonly NodeSign[];
  readonly presences: readonly PresenceSign[];
  /** Whether the lease of some process is over. */
  readonly isSweepDue: boolean;
}

const absent = z
  .string()
  .nullable()
  .transform((text) => text ?? undefined);

const held = z.array(z.object({ agent: z.string(), generation: z.number() }));
const nodeRow = z.object({
  id: z.string(),
  name: z.string(),
  host: z.string(),
  pid: z.number(),
  machine: z.string(),
  beat: z.string(),
});
const presenceRow = z
  .object({
    agent: z.string(),
    node_id: absent,
    generation: z.number(),
    state: z.string(),
    profile: absent,
  })
  .transform(({ node_id, ...rest }): PresenceSign => ({ ...rest, nodeId: node_id }));
const lookRow = z
  .object({
    is_member: z.boolean(),
    held,
    nodes: z.array(nodeRow),
    presences: z.array(presenceRow),
    is_sweep_due: z.boolean(),
  })
  .transform((row): Look => ({
    isMember: row.is_member,
    held: row.held,
    nodes: row.nodes,
    presences: row.presences,
    isSweepDue: row.is_sweep_due,
  }));
const agentRow = z.object({ agent: z.string() });
const heldRow = z.object({ agent: z.string(), generation: z.number() });
const nothing = z.unknown();

/**
 * Processes and their agents in the schema `lifecycle`. Every time is the database's, and every method
 * one statement, which throws PresenceStoreError when the database fails.
 */
export class PresenceStore {
  readonly #database: StatementRunner<SQL>;
  readonly #leaseMs: number;

  /** @param leaseMs how long a process that gives no sign of life keeps its agents */
  constructor(executor: SqlExecutor, leaseMs: number) {
    this.#database = new StatementRunner(executor, (cause) => new PresenceStoreError({ cause }));
    this.#leaseMs = leaseMs;
  }

  async join(node: Omit<NodeSign, 'beat'>): Promise<void> {
    const { id, name, host, pid, machine, operator = null, region = null } = node;
    await this.#database.query(
      sql`INSERT INTO lifecycle.nodes (id, name, host, pid, machine, operator, region, started_at,
          heartbeat_at)
        VALUES (${id}, ${name}, ${host}, ${pid}::integer, ${machine}, ${operator}::text,
          ${region}::text, clock_timestamp(), clock_timestamp())`,
      nothing,
    );
  }

  /**
   * Takes those agents that nobody holds, or whose holder's lease is over, and returns them. The
   * lease stands in the agent's own row: of two who take it at once, the later one sees the other's.
   */
  async claim(
    nodeId: string,
    agents: readonly string[],
  ): Promise<{ agent: string; generation: number }[]> {
    if (agents.length === 0) return [];
    return this.#database.query(
      sql`INSERT INTO lifecycle.presences AS known (agent, node_id, state, heartbeat_at)
        SELECT agent, ${nodeId}, 'starting', clock_timestamp() FROM ${names(agents)} AS asked(agent)
        ON CONFLICT (agent) DO UPDATE SET node_id = excluded.node_id, state = excluded.state,
          heartbeat_at = clock_timestamp(), generation = known.generation + 1,
          profile = CASE WHEN ${IS_REPLICA} THEN known.profile END
        WHERE known.node_id IS NULL OR ${this.#isOver(sql`known.heartbeat_at`)}
        RETURNING agent, generation`,
      heldRow,
    );
  }

  /** What other processes are to see of agents that this one holds. */
  async publish(
    nodeId: string,
    state: string,
    agents: readonly { readonly agent: string; readonly profile: string }[],
  ): Promise<void> {
    await this.#database.query(
      sql`UPDATE lifecycle.presences known SET state = ${state}, profile = told.profile
        FROM json_to_recordset(${JSON.stringify(agents)}::json) AS told(agent text, profile text)
        WHERE known.agent = told.agent AND known.node_id = ${nodeId}`,
      nothing,
    );
  }

  /** Gives agents back. */
  async release(nodeId: string, agents: readonly string[]): Promise<void> {
    await this.#database.query(
      sql`UPDATE lifecycle.presences AS known SET node_id = NULL, ${LEFT}
        WHERE node_id = ${nodeId} AND agent IN (SELECT agent FROM ${names(agents)} AS asked(agent))`,
      nothing,
    );
  }

  /** A sign of life of a process for itself and all its agents, and a look at the others. */
  async beat(nodeId: string, usage?: NodeUsage): Promise<Look> {
    const [look] = await this.#database.query(
      sql`WITH me AS (
          UPDATE lifecycle.nodes SET heartbeat_at = clock_timestamp(), usage = ${usage ? JSON.stringify(usage) : null}
          WHERE id = ${nodeId} AND NOT (${this.#isOver(sql`heartbeat_at`)}) RETURNING id),
        mine AS (
          UPDATE lifecycle.presences SET heartbeat_at = clock_timestamp()
          WHERE node_id = ${nodeId} AND EXISTS (SELECT FROM me) RETURNING agent, generation)
        SELECT EXISTS (SELECT FROM me) AS is_member,
          coalesce((SELECT json_agg(mine) FROM mine), '[]'::json) AS held,
          coalesce((SELECT json_agg(node) FROM (
            SELECT id, name, host, pid, machine, heartbeat_at::text AS beat FROM lifecycle.nodes
          ) AS node), '[]'::json) AS nodes,
          coalesce((SELECT json_agg(presence) FROM (
            SELECT agent, node_id, generation, state, profile FROM lifecycle.presences ORDER BY agent
          ) AS presence), '[]'::json) AS presences,
          EXISTS (SELECT FROM lifecycle.nodes WHERE ${this.#isOver(sql`heartbeat_at`)}) AS is_sweep_due`,
      lookRow,
    );
    return look as Look;
  }

  /** Has whoever gave no sign of life for a lease be gone. Returns the agents that were lost. */
  async sweep(): Promise<string[]> {
    const rows = await this.#database.query(
      sql`WITH gone AS (
          DELETE FROM lifecycle.nodes WHERE ${this.#isOver(sql`heartbeat_at`)} RETURNING id)
        UPDATE lifecycle.presences SET node_id = NULL, state = 'lost'
        WHERE node_id IN (SELECT id FROM gone) RETURNING agent`,
      agentRow,
    );
    return rows.map(({ agent }) => agent);
  }

  /** Is gone, with all that it holds. */
  async leave(nodeId: string): Promise<void> {
    await this.#database.query(
      sql`WITH gone AS (DELETE FROM lifecycle.nodes WHERE id = ${nodeId})
        UPDATE lifecycle.presences AS known SET node_id = NULL, ${LEFT}
        WHERE node_id = ${nodeId}`,
      nothing,
    );
  }

  #isOver(heartbeatAt: SQL): SQL {
    return sql`${heartbeatAt} < clock_timestamp() - ${this.#leaseMs}::integer * interval '1 millisecond'`;
  }
}

// A replica is remembered with its profile while it starts and when it leaves: what comes for it waits.
const IS_REPLICA = sql.raw(`known.agent ~ '\\S#[1-9][0-9]{0,3}$'`);
const LEFT = sql`state = CASE WHEN ${IS_REPLICA} THEN 'idle' ELSE 'left' END,
  profile = CASE WHEN ${IS_REPLICA} THEN profile END`;

function names(agents: readonly string[]): SQL {
  return sql`json_array_elements_text(${JSON.stringify(agents)}::json)`;
}
