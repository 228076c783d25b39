import type { SQL } from 'drizzle-orm';
import { StatementRunner, type StatementExecutor } from '@371os/kernel';
import { CoordinationStoreError } from '../errors/store.ts';

export type SqlExecutor = StatementExecutor<SQL>;

/** The database of this plugin. Its statements throw CoordinationStoreError. */
export class Database extends StatementRunner<SQL> {
  constructor(executor: SqlExecutor) {
    super(executor, (cause) => new CoordinationStoreError({ cause }));
  }
}
