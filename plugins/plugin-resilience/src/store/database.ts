import type { SQL } from 'drizzle-orm';
import { StatementRunner, type StatementExecutor } from '@371os/kernel';
import { ResilienceStoreError } from '../errors/resilience.ts';

export type SqlExecutor = StatementExecutor<SQL>;

/** The database of the resilience officer. Its statements throw ResilienceStoreError. */
export class Database extends StatementRunner<SQL> {
  constructor(executor: SqlExecutor) {
    super(executor, (cause) => new ResilienceStoreError({ cause }));
  }
}
