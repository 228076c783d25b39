import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import {
  DEPLOYMENT_STATES,
  type Deployment,
  type DeploymentState,
  type Placement,
} from '../domain/deployment.ts';
import { readPlan } from '../domain/deployment-plan.ts';
import type { Database } from './database.ts';

const exact = z.string().transform(BigInt);
const absent = z
  .string()
  .nullable()
  .transform((text) => text ?? undefined);

const placement = z.object({
  group: z.string(),
  provider: z.string(),
  region: z
    .string()
    .optional()
    .transform((region) => region),
  gseq: z.number(),
  oseq: z.number(),
  bseq: z.number(),
  price: exact,
  endpoints: z.array(z.string()),
  reasons: z.array(z.string()),
});

// Statements select bigints as text: neither driver hands them over as exact numbers otherwise.
const COLUMNS = sql.raw(`id, state, agent, part_of, requester_id, room_id, plan,
  maximum_pico::text AS maximum_pico, dseq, placements, reservation_id,
  accounted_pico::text AS accounted_pico, fees_pico::text AS fees_pico, failure,
  (extract(epoch FROM created_at) * 1000)::bigint::text AS created_at_ms`);

const row = z
  .object({
    id: z.string(),
    state: z.enum(DEPLOYMENT_STATES),
    agent: z.string(),
    part_of: absent,
    requester_id: z.string(),
    room_id: z.string(),
    plan: z.unknown(),
    maximum_pico: exact,
    dseq: absent,
    placements: z.array(placement),
    reservation_id: absent,
    accounted_pico: exact,
    fees_pico: exact,
    failure: absent,
    created_at_ms: z.string().transform(Number),
  })
  .transform((kept): Deployment => ({
    id: kept.id,
    state: kept.state,
    agent: kept.agent,
    partOf: kept.part_of,
    requesterId: kept.requester_id,
    roomId: kept.room_id,
    plan: kept.plan === null ? undefined : readPlan({ id: kept.id, plan: kept.plan }),
    maximumPico: kept.maximum_pico,
    dseq: kept.dseq,
    placements: kept.placements.map((one) => ({ ...one, region: one.region })),
    reservationId: kept.reservation_id,
    rentPico: kept.accounted_pico,
    feesPico: kept.fees_pico,
    failure: kept.failure,
    createdAtMs: kept.created_at_ms,
  }));

/** Keeps a deployment that begins; one with the same id is left as it is. */
export async function insertDeployment(
  database: Database,
  init: Pick<
    Deployment,
    'id' | 'agent' | 'partOf' | 'requesterId' | 'roomId' | 'plan' | 'maximumPico'
  >,
): Promise<void> {
  await database.query(
    sql`INSERT INTO akash.deployments (id, state, agent, part_of, requester_id, room_id, plan,
        maximum_pico)
      VALUES (${init.id}, 'DEPLOYING', ${init.agent}, ${init.partOf ?? null}, ${init.requesterId},
        ${init.roomId}, ${JSON.stringify(init.plan)}::jsonb, ${String(init.maximumPico)}::bigint)
      ON CONFLICT (id) DO NOTHING`,
    row,
  );
}

/**
 * Takes in a deployment that was made by somebody else, with its number, unless one that is open here
 * has that number. False when it does.
 */
export async function adoptDeployment(
  database: Database,
  init: Pick<
    Deployment,
    'id' | 'state' | 'agent' | 'requesterId' | 'roomId' | 'maximumPico' | 'placements' | 'rentPico'
  > & { readonly dseq: string },
): Promise<boolean> {
  const { id, state, agent, requesterId, roomId, dseq, placements } = init;
  const providers = placements.map(({ provider }) => provider);
  const adopted = await database.query(
    sql`WITH taken AS (
        INSERT INTO akash.numbers (dseq, deployment_id, attempt, providers)
        VALUES (${dseq}, ${id}, 1, ${JSON.stringify(providers)}::jsonb)
        ON CONFLICT (dseq) DO UPDATE SET deployment_id = excluded.deployment_id,
          attempt = 1, is_open = true, providers = excluded.providers
        WHERE NOT akash.numbers.is_open OR akash.numbers.deployment_id = excluded.deployment_id
        RETURNING dseq)
      INSERT INTO akash.deployments AS kept (id, state, agent, requester_id, room_id, plan,
        maximum_pico, dseq, placements, accounted_pico)
      SELECT ${id}, ${state}, ${agent}, ${requesterId}, ${roomId}, 'null'::jsonb,
        ${String(init.maximumPico)}::bigint, dseq, ${jsonOf(placements)}::jsonb,
        ${String(init.rentPico)}::bigint FROM taken
      ON CONFLICT (id) DO UPDATE SET updated_at = clock_timestamp() RETURNING ${COLUMNS}`,
    row,
  );
  return adopted.length === 1;
}

/** Gives up a deployment that was adopted and could not be kept. */
export async function forgetAdopted(database: Database, id: string): Promise<void> {
  await database.query(
    sql`WITH gone AS (DELETE FROM akash.numbers WHERE deployment_id = ${id} RETURNING dseq)
      DELETE FROM akash.deployments WHERE id = ${id} AND plan = 'null'::jsonb RETURNING ${COLUMNS}`,
    row,
  );
}

export async function findDeployment(
  database: Database,
  id: string,
): Promise<Deployment | undefined> {
  const [found] = await database.query(
    sql`SELECT ${COLUMNS} FROM akash.deployments WHERE id = ${id}`,
    row,
  );
  return found;
}

/** Newest first. */
export async function listDeployments(
  database: Database,
  states: readonly DeploymentState[] = DEPLOYMENT_STATES,
): Promise<Deployment[]> {
  return database.query(
    sql`SELECT ${COLUMNS} FROM akash.deployments
      WHERE ${isIn(states)}
      ORDER BY created_at DESC, id LIMIT 1000`,
    row,
  );
}

/** Moves a deployment on, from one of the states given; false when it is in another one. */
export async function moveDeployment(
  database: Database,
  id: string,
  {
    from,
    to,
    failure,
  }: { from: readonly DeploymentState[]; to: DeploymentState; failure?: string },
): Promise<boolean> {
  const moved = await database.query(
    sql`UPDATE akash.deployments
      SET state = ${to}, failure = coalesce(${failure ?? null}, failure), updated_at = clock_timestamp()
      WHERE id = ${id} AND ${isIn(from)}
      RETURNING ${COLUMNS}`,
    row,
  );
  return moved.length === 1;
}

/** A deployment that was being placed runs there; false when it was not being placed. */
export async function activateDeployment(
  database: Database,
  id: string,
  { dseq, placements }: { dseq: string; placements: readonly Placement[] },
): Promise<boolean> {
  const active = await database.query(
    sql`UPDATE akash.deployments
      SET state = 'ACTIVE', dseq = ${dseq}, placements = ${jsonOf(placements)}::jsonb,
        updated_at = clock_timestamp()
      WHERE id = ${id} AND state = 'DEPLOYING' RETURNING ${COLUMNS}`,
    row,
  );
  return active.length === 1;
}

/** What of a deployment's rent is in the ledger, and what is reserved for the rest. */
export type Account = Pick<Deployment, 'reservationId' | 'rentPico'>;

/**
 * Writes down an account; false when somebody else has done so since the one before was read, or when
 * the deployment is in none of these states.
 */
export async function keepAccount(
  database: Database,
  id: string,
  change: { before: Account; after: Account; states: readonly DeploymentState[] },
): Promise<boolean> {
  const { before, after, states } = change;
  const kept = await database.query(
    sql`UPDATE akash.deployments
      SET reservation_id = ${after.reservationId ?? null},
        accounted_pico = ${String(after.rentPico)}::bigint, updated_at = clock_timestamp()
      WHERE id = ${id} AND reservation_id IS NOT DISTINCT FROM ${before.reservationId ?? null}
        AND accounted_pico = ${String(before.rentPico)}::bigint AND ${isIn(states)}
      RETURNING ${COLUMNS}`,
    row,
  );
  return kept.length === 1;
}

/** Writes down what runs now, and where it answers. */
export async function keepWorkload(
  database: Database,
  id: string,
  { plan, placements }: Pick<Deployment, 'plan' | 'placements'>,
): Promise<void> {
  await database.query(
    sql`UPDATE akash.deployments
      SET plan = ${JSON.stringify(plan)}::jsonb, placements = ${jsonOf(placements)}::jsonb,
        updated_at = clock_timestamp()
      WHERE id = ${id} RETURNING ${COLUMNS}`,
    row,
  );
}

function isIn(states: readonly DeploymentState[]): SQL {
  return sql`state = ANY (ARRAY(SELECT json_array_elements_text(${JSON.stringify(states)}::json)))`;
}

function jsonOf(placements: readonly Placement[]): string {
  return JSON.stringify(placements, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
