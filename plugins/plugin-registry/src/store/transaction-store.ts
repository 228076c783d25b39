import { sql } from 'drizzle-orm';
import { z } from 'zod';
import {
  TRANSACTION_STATES,
  type KeptReceipt,
  type KeptTransaction,
  type SignedVersion,
  type TransactionState,
} from '../domain/transaction.ts';
import type { Database } from './database.ts';

const exact = z.string().transform(BigInt);
const version = z.object({
  hash: z.string(),
  raw: z.string(),
  maxFeeWei: exact,
  tipWei: exact,
  signedAtMs: z.number(),
  isWithdrawal: z.boolean(),
});
const receipt = z.object({ hash: z.string(), blockNumber: z.number(), blockHash: z.string() });

// Statements select large numbers as text: neither driver hands them over exactly otherwise.
const COLUMNS = sql.raw(`key, chain_id::text AS chain_id, sender, nonce, state, call,
  gas_limit::text AS gas_limit, ceiling_wei::text AS ceiling_wei, versions, receipt`);

const row = z
  .object({
    key: z.string(),
    chain_id: z.string().transform(Number),
    sender: z.string(),
    nonce: z.number().nullable(),
    state: z.enum(TRANSACTION_STATES),
    call: z.object({ to: z.string(), data: z.string() }),
    gas_limit: exact,
    ceiling_wei: exact,
    versions: z.array(version),
    receipt: receipt.nullable(),
  })
  .transform((kept): KeptTransaction => ({
    key: kept.key,
    chainId: kept.chain_id,
    sender: kept.sender,
    nonce: kept.nonce ?? undefined,
    state: kept.state,
    call: kept.call,
    gasLimit: kept.gas_limit,
    ceilingWei: kept.ceiling_wei,
    versions: kept.versions,
    receipt: kept.receipt ?? undefined,
  }));

export async function findTransaction(
  database: Database,
  key: string,
): Promise<KeptTransaction | undefined> {
  const [found] = await database.query(
    sql`SELECT ${COLUMNS} FROM registry.transactions WHERE key = ${key}`,
    row,
  );
  return found;
}

/**
 * Keeps a signed transaction, in place of one with the same key whose nonce is not used any more;
 * undefined when somebody else has taken the nonce, or the key.
 */
export async function keepTransaction(
  database: Database,
  { call, versions, ...kept }: Omit<KeptTransaction, 'receipt' | 'state'>,
): Promise<KeptTransaction | undefined> {
  const [inserted] = await database.query(
    sql`INSERT INTO registry.transactions AS kept
        (key, chain_id, sender, nonce, state, call, gas_limit, ceiling_wei, versions)
      SELECT ${kept.key}, ${kept.chainId}::bigint, ${kept.sender}, ${kept.nonce ?? null}::integer,
        'signed', ${JSON.stringify(call)}::jsonb, ${String(kept.gasLimit)}::bigint,
        ${String(kept.ceilingWei)}::numeric, ${jsonOf(versions)}::jsonb
      WHERE NOT EXISTS (SELECT FROM registry.transactions
        WHERE chain_id = ${kept.chainId}::bigint AND sender = ${kept.sender}
          AND nonce = ${kept.nonce ?? null}::integer)
      ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    row,
  );
  return inserted;
}

/** Adds a signed form to what is kept; false when the transaction has ended. */
export async function addVersion(
  database: Database,
  key: string,
  added: SignedVersion,
): Promise<boolean> {
  const rows = await database.query(
    sql`UPDATE registry.transactions
      SET versions = versions || ${jsonOf([added])}::jsonb, updated_at = clock_timestamp()
      WHERE key = ${key} AND state IN ('signed', 'sent') RETURNING ${COLUMNS}`,
    row,
  );
  return rows.length === 1;
}

/** Moves a transaction on. One that is given up gives its nonce free. */
export async function moveTransaction(
  database: Database,
  key: string,
  to: TransactionState,
  at?: KeptReceipt,
): Promise<void> {
  await database.query(
    sql`UPDATE registry.transactions
      SET state = ${to}, receipt = coalesce(${at ? JSON.stringify(at) : null}::jsonb, receipt),
        nonce = CASE WHEN ${to} = 'abandoned' THEN NULL ELSE nonce END,
        updated_at = clock_timestamp()
      WHERE key = ${key} RETURNING ${COLUMNS}`,
    row,
  );
}

/** Forgets a transaction whose nonce somebody else has used, so that it can be signed anew. */
export async function forgetTransaction(database: Database, key: string): Promise<void> {
  await database.query(
    sql`DELETE FROM registry.transactions WHERE key = ${key} RETURNING ${COLUMNS}`,
    row,
  );
}

/** Nonces that are spoken for, from one on. */
export async function takenNonces(
  database: Database,
  { chainId, sender, from }: { chainId: number; sender: string; from: number },
): Promise<number[]> {
  return database.query(
    sql`SELECT nonce FROM registry.transactions
      WHERE chain_id = ${chainId}::bigint AND sender = ${sender} AND nonce >= ${from}::integer
      ORDER BY nonce`,
    z.object({ nonce: z.number() }).transform(({ nonce }) => nonce),
  );
}

function jsonOf(versions: readonly SignedVersion[]): string {
  return JSON.stringify(versions, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
