import { sql } from 'drizzle-orm';
import { parseUsd, readSettings, type PicoUsd } from '@371os/kernel';
import {
  Books,
  Database,
  treasurySettings,
  type CapStatus,
  type Category,
  type ReservationRequest,
  type SqlExecutor,
  type Usage,
} from '@371os/plugin-treasury';
import type { WorkerProcess } from '../support/worker-process.ts';

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

/** A request for models, ten cents unless it says otherwise. */
export function asking(
  amountUsd = '0.10',
  scopes: ReservationRequest['scopes'] = {},
): ReservationRequest {
  return { category: 'llm', amountPico: usd(amountUsd), scopes };
}

/** A clock that the statements and the books both go by. */
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

/** Books on a database, by a clock of their own. */
export async function openBooks(
  executor: SqlExecutor,
  settings: Record<string, string> = {},
  clock = new TestClock(),
): Promise<{ books: Books; clock: TestClock }> {
  const books = new Books({
    database: new Database(executor, clock.database),
    settings: readSettings(treasurySettings, (key) => settings[key]),
    clock: clock.now,
  });
  await books.open();
  return { books, clock };
}

export async function emptyTreasury(executor: SqlExecutor): Promise<void> {
  await executor.execute(
    sql`TRUNCATE treasury.caps, treasury.balances, treasury.reservations, treasury.ledger, treasury.approvals, treasury.holds`,
  );
}

/** How the organisation's monthly cap of a category stands. */
export async function standing(books: Books, category: Category = 'llm'): Promise<CapStatus> {
  const { caps } = await books.summary();
  return caps.find((cap) => cap.category === category && cap.scope === 'organisation')!;
}

/** What a `treasury-worker.ts` was granted, and which errors it met. */
export interface WorkerOutcome {
  readonly granted: readonly string[];
  readonly codes: readonly string[];
  readonly refused: number;
}

/** Has a `treasury-worker.ts` reserve what it was told to. */
export async function reservedBy(worker: WorkerProcess): Promise<WorkerOutcome> {
  worker.order('go');
  return JSON.parse(await worker.says('outcome')) as WorkerOutcome;
}
