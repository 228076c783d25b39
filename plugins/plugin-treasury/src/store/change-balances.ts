import { sql } from 'drizzle-orm';

/**
 * The part of a statement that moves money from reserved to spent: it follows a part `changes` with
 * one row for each balance, (id, spent_pico, held_pico). Balances are locked in the order of their
 * ids, as everywhere, so that two statements never wait for each other.
 */
export const CHANGE_BALANCES = sql.raw(`locked AS MATERIALIZED (
        SELECT id FROM treasury.balances
        WHERE id = ANY (ARRAY(SELECT id FROM changes)) ORDER BY id FOR UPDATE),
      changed AS (
        UPDATE treasury.balances balance SET spent_pico = balance.spent_pico + changes.spent_pico,
          reserved_pico = balance.reserved_pico - changes.held_pico
        FROM locked JOIN changes USING (id) WHERE balance.id = locked.id)`);
