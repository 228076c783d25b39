import type { SQL } from 'drizzle-orm';
import { StatementRunner, type StatementExecutor } from '@371os/kernel';
import { RegistryStoreError } from '../errors.ts';

export type SqlExecutor = StatementExecutor<SQL>;

/** The database that registrations are kept in. Its statements throw RegistryStoreError. */
export class Database extends StatementRunner<SQL> {
  constructor(executor: SqlExecutor) {
    super(executor, (cause) => new RegistryStoreError({ cause }));
  }
}
