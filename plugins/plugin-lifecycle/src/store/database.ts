import type { SQL } from 'drizzle-orm';
import { StatementRunner, type StatementExecutor } from '@371os/kernel';
import { LifecycleStoreError } from '../errors/lives.ts';

export type SqlExecutor = StatementExecutor<SQL>;

/** The database that agents' lives are kept in. Its statements throw LifecycleStoreError. */
export class Database extends StatementRunner<SQL> {
  constructor(executor: SqlExecutor) {
    super(executor, (cause) => new LifecycleStoreError({ cause }));
  }
}
