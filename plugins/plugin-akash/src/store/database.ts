import type { SQL } from 'drizzle-orm';
import { StatementRunner, type StatementExecutor } from '@371os/kernel';
import { DeploymentStoreError } from '../deployment-errors.ts';

export type SqlExecutor = StatementExecutor<SQL>;

/** The database that deployments are kept in. Its statements throw DeploymentStoreError. */
export class Database extends StatementRunner<SQL> {
  constructor(executor: SqlExecutor) {
    super(executor, (cause) => new DeploymentStoreError({ cause }));
  }
}
