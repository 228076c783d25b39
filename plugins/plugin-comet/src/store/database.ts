import type { SQL } from 'drizzle-orm';
import { StatementRunner, type StatementExecutor } from '@371os/kernel';
import { CometStoreError } from '../errors/shortcuts.ts';

export type SqlExecutor = StatementExecutor<SQL>;

/** The database of shortcuts. Its statements throw CometStoreError. */
export class Database extends StatementRunner<SQL> {
  constructor(executor: SqlExecutor) {
    super(executor, (cause) => new CometStoreError({ cause }));
  }
}
