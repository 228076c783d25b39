import { StatementRunner } from '@371os/kernel';
import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { readClaim, type NodeUsage } from '../domain/presence.ts';
import { PresenceStoreError } from '../errors/presence.ts';
import type { SqlExecutor } from './presence-store.ts';

/** A process that works for an agent, or for a replica of one. */
export interface AgentInstance {
  readonly agent: string;
  /** 0 is the agent's own process. */
  readonly index: number;
  readonly state: string;
  readonly nodeId: string;
  readonly machine: string;
  readonly host: string;
  readonly pid: number;
  /** How long ago it gave a sign of life, in milliseconds. */
  readonly silentMs: number;
  /** What it said of itself then. */
  readonly usage: NodeUsage | undefined;
}

const usage = z.object({
  cpuPercent: z.number().optional(),
  memoryMb: z.number(),
  running: z.record(z.string(), z.number()),
});
const instanceRow = z
  .object({
    agent: z.string(),
    state: z.string(),
    node_id: z.string(),
    machine: z.string(),
    host: z.string(),
    pid: z.number(),
    silent_ms: z.string().transform(Number),
    usage: z.string().nullable(),
  })
  .transform((row): AgentInstance => ({
    ...{ ...readClaim(row.agent), state: row.state, nodeId: row.node_id, machine: row.machine },
    ...{ host: row.host, pid: row.pid, silentMs: row.silent_ms, usage: readUsage(row.usage) },
  }));

/** The processes that work for agents now, and for their replicas. @throws PresenceStoreError */
export async function listInstances(executor: SqlExecutor): Promise<AgentInstance[]> {
  const database = new StatementRunner<SQL>(executor, (cause) => new PresenceStoreError({ cause }));
  return database.query(
    sql`SELECT agent, presence.state, node.id AS node_id, machine, host, pid, usage,
        (extract(epoch FROM clock_timestamp() - node.heartbeat_at) * 1000)::bigint::text AS silent_ms
      FROM lifecycle.presences AS presence JOIN lifecycle.nodes AS node ON node.id = presence.node_id
      ORDER BY agent`,
    instanceRow,
  );
}

/** Lets replicas that nobody calls back be forgotten, but for those of some agents. */
export async function forgetIdleReplicas(
  executor: SqlExecutor,
  { except }: { readonly except: readonly string[] },
): Promise<void> {
  const database = new StatementRunner<SQL>(executor, (cause) => new PresenceStoreError({ cause }));
  await database.query(
    sql`UPDATE lifecycle.presences SET state = 'left', profile = NULL
      WHERE node_id IS NULL AND agent ~ '\\S#[1-9][0-9]{0,3}$'
        AND regexp_replace(agent, '#[0-9]+$', '') NOT IN (
          SELECT kept FROM json_array_elements_text(${JSON.stringify(except)}::json) AS asked(kept))`,
    z.unknown(),
  );
}

// One of another version may say something else.
function readUsage(text: string | null): NodeUsage | undefined {
  if (text === null) return undefined;
  try {
    const { cpuPercent, ...rest } = usage.parse(JSON.parse(text));
    return { ...rest, cpuPercent };
  } catch {
    return undefined;
  }
}

/** Who works for an agent, or did until it was lost. */
export interface AgentPresence {
  readonly agent: string;
  /** One more each time that somebody takes it. */
  readonly generation: number;
  /** starting, ready, draining, left, lost or idle. */
  readonly state: string;
  /** Since its last sign of life, in milliseconds. */
  readonly silentMs: number;
  readonly nodeId: string | undefined;
}

const presenceRow = z
  .object({
    agent: z.string(),
    generation: z.number(),
    state: z.string(),
    silent_ms: z.string().transform(Number),
    node_id: z.string().nullable(),
  })
  .transform((row): AgentPresence => ({
    ...{ agent: row.agent, generation: row.generation, state: row.state },
    ...{ silentMs: row.silent_ms, nodeId: row.node_id ?? undefined },
  }));

/** Agents, replicas left out, and how it stands with who works for them. @throws PresenceStoreError */
export async function listPresences(executor: SqlExecutor): Promise<AgentPresence[]> {
  const database = new StatementRunner<SQL>(executor, (cause) => new PresenceStoreError({ cause }));
  const rows = await database.query(
    sql`SELECT agent, generation, state, node_id,
        (extract(epoch FROM clock_timestamp() - heartbeat_at) * 1000)::bigint::text AS silent_ms
      FROM lifecycle.presences ORDER BY agent`,
    presenceRow,
  );
  return rows.filter(({ agent }) => readClaim(agent).index === 0);
}
