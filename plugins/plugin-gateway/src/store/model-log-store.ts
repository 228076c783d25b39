import { sql, type SQL } from 'drizzle-orm';
import { StatementRunner, type StatementExecutor } from '@371os/kernel';
import { z } from 'zod';
import { ModelLogUnwritableError } from '../errors.ts';

/** A row of ElizaOS's table `logs`, as JSON with the names of its columns. */
export type ModelLogRow = string;

/** Writes rows of ElizaOS's table `logs`, many in one statement. */
export class ModelLogStore {
  readonly #runner: StatementRunner<SQL>;

  constructor(executor: StatementExecutor<SQL>) {
    this.#runner = new StatementRunner(executor, (cause) => new ModelLogUnwritableError({ cause }));
  }

  /** Writes all of them, or none. @throws ModelLogUnwritableError */
  async save(rows: readonly ModelLogRow[]): Promise<void> {
    await this.#runner.query(
      sql`INSERT INTO logs (entity_id, room_id, type, created_at, body)
          SELECT entity_id, room_id, type, created_at, body
          FROM jsonb_to_recordset(${`[${rows.join(',')}]`}::text::jsonb) AS entry
            (entity_id uuid, room_id uuid, type text, created_at timestamptz, body jsonb)`,
      z.unknown(),
    );
  }
}
