import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { DeploymentNumber } from '../domain/deployment.ts';
import type { Database } from './database.ts';

const COLUMNS = sql.raw('dseq, deployment_id, attempt, is_open, providers');

const row = z
  .object({
    dseq: z.string(),
    deployment_id: z.string(),
    attempt: z.number(),
    is_open: z.boolean(),
    providers: z.array(z.string()),
  })
  .transform((kept): DeploymentNumber => ({
    dseq: kept.dseq,
    deploymentId: kept.deployment_id,
    attempt: kept.attempt,
    isOpen: kept.is_open,
    providers: kept.providers,
  }));

/** Takes a number for an attempt; false when it is taken. */
export async function takeNumber(
  database: Database,
  { dseq, deploymentId, attempt }: { dseq: string; deploymentId: string; attempt: number },
): Promise<boolean> {
  const taken = await database.query(
    sql`INSERT INTO akash.numbers (dseq, deployment_id, attempt)
      VALUES (${dseq}, ${deploymentId}, ${attempt}::integer)
      ON CONFLICT (dseq) DO NOTHING RETURNING ${COLUMNS}`,
    row,
  );
  return taken.length === 1;
}

/** The numbers that a deployment has had, oldest first. */
export async function numbersOf(
  database: Database,
  deploymentId: string,
): Promise<DeploymentNumber[]> {
  return database.query(
    sql`SELECT ${COLUMNS} FROM akash.numbers WHERE deployment_id = ${deploymentId}
      ORDER BY attempt, created_at`,
    row,
  );
}

/** Which of these numbers are ours. */
export async function knownNumbers(
  database: Database,
  numbers: readonly string[],
): Promise<DeploymentNumber[]> {
  return database.query(
    sql`SELECT ${COLUMNS} FROM akash.numbers
      WHERE dseq = ANY (ARRAY(SELECT json_array_elements_text(${JSON.stringify(numbers)}::json)))`,
    row,
  );
}

/** Writes down who is about to get a lease. */
export async function keepProviders(
  database: Database,
  dseq: string,
  providers: readonly string[],
): Promise<void> {
  await database.query(
    sql`UPDATE akash.numbers SET providers = ${JSON.stringify(providers)}::jsonb
      WHERE dseq = ${dseq} RETURNING ${COLUMNS}`,
    row,
  );
}

/** The chain has nothing open under this number. */
export async function closeNumber(database: Database, dseq: string): Promise<void> {
  await database.query(
    sql`UPDATE akash.numbers SET is_open = false WHERE dseq = ${dseq} RETURNING ${COLUMNS}`,
    row,
  );
}
