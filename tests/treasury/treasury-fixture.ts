import { sql } from 'drizzle-orm';
import { parseUsd, readSettings, type PicoUsd } from '@371os/kernel';
import {
  Books,
  Database,
  treasurySettings,
  type SqlExecutor,
  type Usage,
} from '@371os/plugin-treasury';

export const usd = (text: string): PicoUsd => parseUsd(text);

export function usage(costUsd: string, more: Partial<Usage> = {}): Usage {
  return {
    costPico: usd(costUsd),
    provider: 'openrouter',
    model: 'qwen2-72b',
    tokensIn: 10,
    tokensOut: 20,
    status: 'ok',
    ...more,
  };
}

/** A clock that both the database statements and the books go by. */
export class TestClock {
  #nowMs: number;
  constructor(iso = '2026-03-18T12:00:00Z') {
    this.#nowMs = Date.parse(iso);
  }
  readonly now = (): number => this.#nowMs;
  readonly database = () => sql`to_timestamp(${this.#nowMs}::bigint / 1000.0)`;
  advance(ms: number): void {
    this.#nowMs += ms;
  }
  set(iso: string): void {
    this.#nowMs = Date.parse(iso);
  }
}

export async function openBooks(
  executor: SqlExecutor,
  settings: Record<string, string> = {},
  clock = new TestClock(),
): Promise<{ books: Books; clock: TestClock; database: Database }> {
  const database = new Database(executor, clock.database);
  const books = new Books({
    database,
    settings: readSettings(treasurySettings, (key) => settings[key]),
    clock: clock.now,
  });
  await books.open();
  return { books, clock, database };
}

export async function emptyTreasury(executor: SqlExecutor): Promise<void> {
  await executor.execute(
    sql`TRUNCATE treasury.caps, treasury.balances, treasury.reservations, treasury.ledger, treasury.approvals, treasury.holds`,
  );
}
