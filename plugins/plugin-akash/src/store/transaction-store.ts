import type { PicoUsd } from '@371os/kernel';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { SignedTransaction } from '../ports/akash-chain.ts';
import type { Database } from './database.ts';

const exact = z.string().transform(BigInt);
const hashRow = z.object({ hash: z.string() });
const idRow = z.object({ deployment_id: z.string() });

const sentRow = z
  .object({ hash: z.string(), fee_uakt: exact, last_height: z.number() })
  .transform((kept): SignedTransaction => ({
    hash: kept.hash,
    feeUakt: kept.fee_uakt,
    lastHeight: kept.last_height,
  }));

/** Fees that are entered into the ledger together, at one rate. */
export interface FeeBatch {
  readonly reservationId: string;
  readonly feeUakt: bigint;
  /** US dollars for an AKT, in 1e-6. */
  readonly rateMicroUsd: bigint;
}

const batchRow = z
  .object({ reservation_id: z.string(), fee_uakt: exact, rate_micro_usd: exact })
  .transform((kept): FeeBatch => ({
    reservationId: kept.reservation_id,
    feeUakt: kept.fee_uakt,
    rateMicroUsd: kept.rate_micro_usd,
  }));

/** Writes down a transaction that is about to be sent. */
export async function keepTransaction(
  database: Database,
  deploymentId: string,
  { hash, feeUakt, lastHeight }: SignedTransaction,
): Promise<void> {
  await database.query(
    sql`INSERT INTO akash.transactions (hash, deployment_id, fee_uakt, last_height)
      VALUES (${hash}, ${deploymentId}, ${String(feeUakt)}::bigint, ${lastHeight}::integer)
      ON CONFLICT (hash) DO NOTHING RETURNING hash`,
    hashRow,
  );
}

/** Those of a deployment of which it is not known yet whether a block has them. */
export async function listSent(
  database: Database,
  deploymentId: string,
): Promise<SignedTransaction[]> {
  return database.query(
    sql`SELECT hash, fee_uakt::text AS fee_uakt, last_height FROM akash.transactions
      WHERE deployment_id = ${deploymentId} AND state = 'sent' ORDER BY created_at`,
    sentRow,
  );
}

export async function moveSent(
  database: Database,
  hash: string,
  to: 'paid' | 'lost',
): Promise<void> {
  await database.query(
    sql`UPDATE akash.transactions SET state = ${to} WHERE hash = ${hash} AND state = 'sent'
      RETURNING hash`,
    hashRow,
  );
}

/** Binds fees that were paid to what they will be entered under; false when there are none. */
export async function bindFees(
  database: Database,
  deploymentId: string,
  { reservationId, rateMicroUsd }: Omit<FeeBatch, 'feeUakt'>,
): Promise<boolean> {
  const bound = await database.query(
    sql`UPDATE akash.transactions
      SET reservation_id = ${reservationId}, rate_micro_usd = ${String(rateMicroUsd)}::bigint
      WHERE deployment_id = ${deploymentId} AND state = 'paid' AND reservation_id IS NULL
      RETURNING hash`,
    hashRow,
  );
  return bound.length > 0;
}

/** Whether fees of a deployment were paid and are bound to nothing. */
export async function hasUnboundFees(database: Database, deploymentId: string): Promise<boolean> {
  const found = await database.query(
    sql`SELECT hash FROM akash.transactions
      WHERE deployment_id = ${deploymentId} AND state = 'paid' AND reservation_id IS NULL LIMIT 1`,
    hashRow,
  );
  return found.length > 0;
}

/** Fees that are bound, and of which it is not known that they are in the ledger. */
export async function listBoundFees(database: Database, deploymentId: string): Promise<FeeBatch[]> {
  return database.query(
    sql`SELECT reservation_id, sum(fee_uakt)::text AS fee_uakt,
        min(rate_micro_usd)::text AS rate_micro_usd
      FROM akash.transactions
      WHERE deployment_id = ${deploymentId} AND state = 'paid' AND reservation_id IS NOT NULL
      GROUP BY reservation_id ORDER BY reservation_id`,
    batchRow,
  );
}

/** Fees are in the ledger, and count among what their deployment has cost: once, in one statement. */
export async function noteEntered(
  database: Database,
  deploymentId: string,
  { reservationId, feeUakt, costPico }: FeeBatch & { costPico: PicoUsd },
): Promise<void> {
  await database.query(
    sql`WITH entered AS (
        UPDATE akash.transactions SET state = 'entered'
        WHERE deployment_id = ${deploymentId} AND reservation_id = ${reservationId}
          AND state = 'paid' RETURNING hash)
      UPDATE akash.deployments
      SET fees_uakt = fees_uakt + ${String(feeUakt)}::bigint,
        fees_pico = fees_pico + ${String(costPico)}::bigint, updated_at = clock_timestamp()
      WHERE id = ${deploymentId} AND EXISTS (SELECT FROM entered) RETURNING id AS deployment_id`,
    idRow,
  );
}

/** Deployments with fees that are not in the ledger yet. */
export async function listOwing(database: Database): Promise<string[]> {
  const rows = await database.query(
    sql`SELECT DISTINCT deployment_id FROM akash.transactions WHERE state IN ('sent', 'paid')`,
    idRow,
  );
  return rows.map(({ deployment_id: id }) => id);
}
