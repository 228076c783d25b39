import { sql, type SQL } from 'drizzle-orm';
import { StatementRunner, type StatementExecutor } from '@371os/kernel';
import { LedgerUnreadableError } from '../errors.ts';

export type SqlExecutor = StatementExecutor<SQL>;

/** The moment by the database, as an SQL expression of type timestamptz. */
export type DatabaseClock = () => SQL;

export const databaseClock: DatabaseClock = () => sql`now()`;

/** The database that money is counted in. Its statements throw LedgerUnreadableError. */
export class Database extends StatementRunner<SQL> {
  readonly clock: DatabaseClock;

  constructor(executor: SqlExecutor, clock: DatabaseClock = databaseClock) {
    super(executor, (cause) => new LedgerUnreadableError({ cause }));
    this.clock = () => sql`(${clock()})`;
  }
}
