import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import {
  agentRecordSchema,
  type AgentPlacement,
  type AgentRecord,
  type AgentRegistration,
  type Transition,
} from '../domain/agent-record.ts';
import { statesBefore, type AgentState } from '../domain/agent-state.ts';
import type { CreationPlan } from '../domain/creation-plan.ts';
import type { AgentSign } from '../domain/workplace.ts';
import type { Database } from './database.ts';

const absent = <Value extends z.ZodType>(value: Value) =>
  value.nullable().transform((kept) => kept ?? undefined);
const moment = z.string().transform(Number);

// Statements select times as text: neither driver hands them over as exact numbers otherwise.
const ms = (column: string): string =>
  `(extract(epoch FROM ${column}) * 1000)::bigint::text AS ${column}_ms`;
const COLUMNS = sql.raw(`id, name, role, origin, hosting, state, generation, plan, registration,
  placement, host, resumes, requester_id, room_id, progress, retire_wish, notice, ${ms('noticed_at')},
  ${ms('created_at')}, ${ms('updated_at')}`);

const row = z
  .object({
    ...agentRecordSchema.pick({ id: true, name: true, role: true, origin: true, hosting: true })
      .shape,
    ...agentRecordSchema.pick({ state: true, generation: true, progress: true, resumes: true })
      .shape,
    plan: absent(z.unknown()),
    registration: absent(z.unknown()),
    placement: absent(z.unknown()),
    host: absent(z.string()),
    requester_id: z.string(),
    room_id: z.string(),
    retire_wish: absent(z.string()),
    notice: absent(z.string()),
    noticed_at_ms: absent(moment),
    created_at_ms: moment,
    updated_at_ms: moment,
  })
  .transform(
    ({
      requester_id,
      room_id,
      retire_wish,
      noticed_at_ms,
      created_at_ms,
      updated_at_ms,
      ...same
    }) =>
      agentRecordSchema.parse({
        ...same,
        requesterId: requester_id,
        roomId: room_id,
        retireWish: retire_wish,
        noticedAtMs: noticed_at_ms,
        createdAtMs: created_at_ms,
        updatedAtMs: updated_at_ms,
      }),
  );

/** An agent that is to be. */
export type NewLife = Pick<
  AgentRecord,
  'id' | 'name' | 'role' | 'origin' | 'hosting' | 'requesterId' | 'roomId'
> & { readonly plan?: CreationPlan | undefined };

/**
 * Takes a name and begins a life under it, or begins it anew for one of the same id that has ended.
 * Repeated it changes nothing.
 * @returns undefined when somebody else has the name, or the agent lives
 */
export async function enterAgent(
  database: Database,
  { id, name, role, origin, hosting, requesterId, roomId, plan }: NewLife,
  cause: string,
): Promise<AgentRecord | undefined> {
  const entered = database.query(
    sql`WITH entered AS (
        INSERT INTO lifecycle.agents AS mine (id, name, taken_name, role, origin, hosting, state,
          transitions, plan, requester_id, room_id)
        SELECT ${id}, ${name}, ${takenName(name)}, ${role}, ${origin}, ${hosting}, 'creating', 1,
          ${jsonOf(plan ?? null)}::jsonb, ${requesterId}, ${roomId}
        WHERE NOT EXISTS (SELECT 1 FROM lifecycle.agents
          WHERE taken_name = ${takenName(name)} AND id <> ${id})
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, taken_name = excluded.taken_name,
          role = excluded.role, hosting = excluded.hosting, state = 'creating',
          transitions = mine.transitions + 1, plan = excluded.plan, progress = '', placement = NULL,
          retire_wish = NULL, notice = NULL, noticed_at = NULL,
          requester_id = excluded.requester_id, room_id = excluded.room_id,
          updated_at = clock_timestamp()
        WHERE mine.state IN ('stopped', 'failed') AND NOT mine.resumes
        RETURNING *),
      journaled AS (
        INSERT INTO lifecycle.transitions (id, agent_id, number, from_state, to_state, cause, generation)
        SELECT id || ':' || transitions, id, transitions,
          CASE WHEN transitions = 1 THEN 'none' ELSE 'stopped' END, state, ${cause}, generation
        FROM entered)
      SELECT ${COLUMNS} FROM entered`,
    row,
  );
  try {
    return (await entered)[0];
  } catch (error) {
    // Somebody else took the name in the same moment.
    if (isTaken(error)) return undefined;
    throw error;
  }
}

const UNIQUE_VIOLATION = '23505';

function isTaken(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ((cause as { code?: unknown }).code === UNIQUE_VIOLATION) return true;
  return false;
}

interface Move {
  readonly to: AgentState;
  readonly cause: string;
  /** The generation that the mover holds; undefined for whoever ends it from outside. */
  readonly generation?: number | undefined;
  /** Begins a new generation, in this process. */
  readonly startsOn?: string | undefined;
  /** Stopped with its host, it starts again with it and keeps its name. */
  readonly resumes?: boolean | undefined;
  /** Not where somebody wants it ended. */
  readonly unlessUnwanted?: boolean | undefined;
  /** By default all states that may be followed by it. */
  readonly from?: readonly AgentState[] | undefined;
}

/** Moves an agent and writes it down; undefined when it is not where it may be moved from. */
export async function moveAgent(
  database: Database,
  id: string,
  {
    to,
    cause,
    generation,
    startsOn,
    resumes = false,
    unlessUnwanted = false,
    from = statesBefore(to),
  }: Move,
): Promise<AgentRecord | undefined> {
  const isOver = to === 'stopped' || to === 'failed';
  const fence =
    generation === undefined ? sql`` : sql`AND before.generation = ${generation}::integer`;
  const wanted = unlessUnwanted ? sql`AND mine.retire_wish IS NULL` : sql``;
  const start =
    startsOn === undefined
      ? sql``
      : sql`, generation = before.generation + 1, host = ${startsOn}, resumes = false`;
  const name = resumes ? sql`` : sql`, taken_name = NULL, retire_wish = NULL`;
  const end = isOver ? sql`, host = NULL, progress = '', resumes = ${resumes} ${name}` : sql``;
  const [moved] = await database.query(
    sql`WITH before AS (
        SELECT id, name, state, generation FROM lifecycle.agents WHERE id = ${id} FOR UPDATE),
      moved AS (
        UPDATE lifecycle.agents AS mine SET state = ${to}, transitions = mine.transitions + 1,
          updated_at = clock_timestamp() ${start} ${end}
        FROM before WHERE mine.id = before.id
          AND before.state IN (${listOf(from)}) ${fence} ${wanted}
        RETURNING mine.*, before.state AS state_before),
      journaled AS (
        INSERT INTO lifecycle.transitions (id, agent_id, number, from_state, to_state, cause, generation)
        SELECT id || ':' || transitions, id, transitions, state_before, state, ${cause}, generation
        FROM moved)
      SELECT ${COLUMNS} FROM moved`,
    row,
  );
  return moved;
}

interface AgentFields {
  readonly registration?: AgentRegistration;
  /** Null when it was closed. */
  readonly placement?: AgentPlacement | null;
  /** Null when it does not run any more. */
  readonly host?: null;
  readonly progress?: string;
  readonly retireWish?: string;
  /** Null takes it back. */
  readonly notice?: string | null;
}

/** Keeps what has become known of an agent. */
export async function noteAgent(
  database: Database,
  id: string,
  { registration, placement, host, progress, retireWish, notice }: AgentFields,
): Promise<void> {
  const noted = notice === null ? sql`NULL` : sql`clock_timestamp()`;
  const sets = [
    ...(registration ? [sql`registration = ${JSON.stringify(registration)}::jsonb`] : []),
    ...(placement === undefined ? [] : [sql`placement = ${jsonOf(placement)}::jsonb`]),
    ...(host === undefined ? [] : [sql`host = NULL`]),
    ...(progress === undefined ? [] : [sql`progress = ${progress}`]),
    ...(retireWish === undefined ? [] : [sql`retire_wish = ${retireWish}`]),
    ...(notice === undefined ? [] : [sql`notice = ${notice}, noticed_at = ${noted}`]),
  ];
  await database.query(
    sql`UPDATE lifecycle.agents SET ${sql.join(sets, sql`, `)}, updated_at = clock_timestamp()
      WHERE id = ${id}`,
    row,
  );
}

export async function findAgent(database: Database, id: string): Promise<AgentRecord | undefined> {
  const [found] = await database.query(
    sql`SELECT ${COLUMNS} FROM lifecycle.agents WHERE id = ${id}`,
    row,
  );
  return found;
}

/** The one that lives under a name; else the one that did so last. */
export async function findAgentNamed(
  database: Database,
  name: string,
): Promise<AgentRecord | undefined> {
  const [found] = await database.query(
    sql`SELECT ${COLUMNS} FROM lifecycle.agents WHERE lower(name) = ${takenName(name)}
      ORDER BY taken_name IS NULL, updated_at DESC LIMIT 1`,
    row,
  );
  return found;
}

/** Whether a process gave a sign of life for an agent a short while ago; none does on a database of its own. */
export async function isHeld(database: Database, name: string): Promise<boolean> {
  const holders = await database.query(
    sql`SELECT agent FROM lifecycle.presences WHERE agent = ${name} AND node_id IS NOT NULL
      AND heartbeat_at > clock_timestamp() - interval '30 seconds'`,
    z.object({ agent: z.string() }),
  );
  return holders.length > 0;
}

const signRow = z.object({
  ...{ agent: z.string(), state: z.string(), host: z.string(), machine: z.string() },
  ...{ profile: absent(z.string()), operator: absent(z.string()), region: absent(z.string()) },
});

/** The processes that gave a sign of life for agents a short while ago. */
export async function listSigns(database: Database): Promise<AgentSign[]> {
  return database.query(
    sql`SELECT presences.agent, presences.state, presences.profile, nodes.host, nodes.machine,
        nodes.operator, nodes.region
      FROM lifecycle.presences JOIN lifecycle.nodes ON nodes.id = presences.node_id
      WHERE nodes.heartbeat_at > clock_timestamp() - interval '30 seconds' ORDER BY presences.agent`,
    signRow,
  );
}

/** By name; those whose life is over only when they are asked for. */
export async function listAgents(
  database: Database,
  { isOverToo = false }: { isOverToo?: boolean } = {},
): Promise<AgentRecord[]> {
  const which: SQL = isOverToo ? sql`true` : sql`(state NOT IN ('stopped', 'failed') OR resumes)`;
  return database.query(
    sql`SELECT ${COLUMNS} FROM lifecycle.agents WHERE ${which} ORDER BY lower(name), created_at`,
    row,
  );
}

/** Hosted agents that are closed at their places, or opened at new ones, to begin again. */
export async function listRestarting(database: Database): Promise<AgentRecord[]> {
  return database.query(
    sql`SELECT ${COLUMNS} FROM lifecycle.agents
      WHERE hosting = 'akash' AND retire_wish IS NULL AND (state = 'draining' OR (
        state = 'initialising' AND 'draining' = (SELECT from_state FROM lifecycle.transitions
          WHERE agent_id = agents.id ORDER BY number DESC LIMIT 1)))
      ORDER BY lower(name)`,
    row,
  );
}

const transition = z
  .object({
    number: z.number(),
    from_state: z.string(),
    to_state: z.string(),
    cause: z.string(),
    generation: z.number(),
    at_ms: moment,
  })
  .transform(({ number, from_state, to_state, cause, generation, at_ms }): Transition => ({
    ...{ number, cause, generation },
    ...{ from: from_state, to: to_state, atMs: at_ms },
  }));

/** The newest transitions of an agent, oldest first. */
export async function readJournal(
  database: Database,
  agentId: string,
  limit = 50,
): Promise<Transition[]> {
  const newest = await database.query(
    sql`SELECT number, from_state, to_state, cause, generation, ${sql.raw(ms('at'))}
      FROM lifecycle.transitions WHERE agent_id = ${agentId} ORDER BY number DESC LIMIT ${limit}`,
    transition,
  );
  return newest.toReversed();
}

function jsonOf(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

function takenName(name: string): string {
  return name.toLowerCase();
}

function listOf(states: readonly AgentState[]): SQL {
  return sql.join(
    states.map((state) => sql`${state}`),
    sql`, `,
  );
}
