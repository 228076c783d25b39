import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';

/** Gas that a transaction may cost, or has cost. */
export interface GasCharge {
  readonly key: string;
  readonly worstWei: bigint;
  /** Undefined until it is known. */
  readonly feeWei: bigint | undefined;
  readonly reservationId: string | undefined;
}

const exact = z.string().transform(BigInt);
const COLUMNS = sql.raw(
  'key, worst_wei::text AS worst_wei, fee_wei::text AS fee_wei, reservation_id',
);
const row = z
  .object({
    key: z.string(),
    worst_wei: exact,
    fee_wei: exact.nullable(),
    reservation_id: z.string().nullable(),
  })
  .transform((kept): GasCharge => ({
    key: kept.key,
    worstWei: kept.worst_wei,
    feeWei: kept.fee_wei ?? undefined,
    reservationId: kept.reservation_id ?? undefined,
  }));

export async function findCharge(database: Database, key: string): Promise<GasCharge | undefined> {
  const [found] = await database.query(
    sql`SELECT ${COLUMNS} FROM registry.gas_charges WHERE key = ${key}`,
    row,
  );
  return found;
}

/** Counts the worst case against the month's cap, once for a key; undefined when it does not fit. */
export async function chargeGas(
  database: Database,
  charge: { key: string; chainId: number; month: string; worstWei: bigint; capWei: bigint },
): Promise<GasCharge | undefined> {
  const worst = sql`${String(charge.worstWei)}::numeric`;
  const cap = sql`${String(charge.capWei)}::numeric`;
  const [charged] = await database.query(
    sql`WITH month AS (
        INSERT INTO registry.gas_months AS kept (chain_id, month, wei)
        SELECT ${charge.chainId}::bigint, ${charge.month}, ${worst}
        WHERE ${worst} <= ${cap}
          AND NOT EXISTS (SELECT FROM registry.gas_charges WHERE key = ${charge.key})
        ON CONFLICT (chain_id, month) DO UPDATE SET wei = kept.wei + ${worst}
          WHERE kept.wei + ${worst} <= ${cap}
        RETURNING chain_id, month)
      INSERT INTO registry.gas_charges (key, chain_id, month, worst_wei)
      SELECT ${charge.key}, chain_id, month, ${worst} FROM month
      ON CONFLICT (key) DO NOTHING RETURNING ${COLUMNS}`,
    row,
  );
  return charged ?? findCharge(database, charge.key);
}

/** Writes down the reservation that stands for a charge. */
export async function keepReservation(
  database: Database,
  key: string,
  reservationId: string,
): Promise<void> {
  await database.query(
    sql`UPDATE registry.gas_charges SET reservation_id = ${reservationId}
      WHERE key = ${key} RETURNING ${COLUMNS}`,
    row,
  );
}

/** Counts what it has really cost instead of the worst case, once. */
export async function settleGas(database: Database, key: string, feeWei: bigint): Promise<void> {
  await database.query(
    sql`WITH settled AS (
        UPDATE registry.gas_charges SET fee_wei = ${String(feeWei)}::numeric
        WHERE key = ${key} AND fee_wei IS NULL
        RETURNING chain_id, month, worst_wei - fee_wei AS less)
      UPDATE registry.gas_months AS kept SET wei = kept.wei - settled.less
      FROM settled WHERE kept.chain_id = settled.chain_id AND kept.month = settled.month
      RETURNING kept.month`,
    z.object({ month: z.string() }),
  );
}
