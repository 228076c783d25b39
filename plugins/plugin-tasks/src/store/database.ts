import type { SQL } from 'drizzle-orm';
import { StatementRunner, type StatementExecutor } from '@371os/kernel';
import { TaskStoreError } from '../errors.ts';

export type SqlExecutor = StatementExecutor<SQL>;

/** The database that tasks are kept in. Its statements throw TaskStoreError. */
export class Database extends StatementRunner<SQL> {
  constructor(executor: SqlExecutor) {
    super(executor, (cause) => new TaskStoreError({ cause }));
  }
}
