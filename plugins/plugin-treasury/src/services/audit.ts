import type { Clock } from '@371os/kernel';
import { LedgerDamagedError } from '../errors.ts';
import { findMismatches } from '../store/audit-store.ts';
import type { Database } from '../store/database.ts';

const CHECK_EVERY_MS = 60_000;

/** Watches that balances and ledger agree, and stops the spending when they do not. */
export class Audit {
  readonly #database: Database;
  readonly #clock: Clock;
  #soundAtMs: number | undefined;
  #running: Promise<void> | undefined;

  constructor({ database, clock }: { database: Database; clock: Clock }) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Checks now. @throws LedgerDamagedError, LedgerUnreadableError */
  async verify(): Promise<void> {
    this.#running ??= this.#check().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Checks when the last good check is a minute old, or something has gone wrong since. */
  async ensureSound(): Promise<void> {
    if (this.#soundAtMs !== undefined && this.#clock() - this.#soundAtMs < CHECK_EVERY_MS) return;
    await this.verify();
  }

  /** Something went wrong: trust nothing until it has been checked. */
  distrust(): void {
    this.#soundAtMs = undefined;
  }

  async #check(): Promise<void> {
    this.distrust();
    await verifyLedger(this.#database);
    this.#soundAtMs = this.#clock();
  }
}

/** Checks that balances and ledger agree. @throws LedgerDamagedError, LedgerUnreadableError */
export async function verifyLedger(database: Database): Promise<void> {
  const mismatches = await findMismatches(database);
  if (mismatches.length > 0) throw new LedgerDamagedError({ mismatches });
}
