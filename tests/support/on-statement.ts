import type { SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';

interface Executor {
  execute(this: unknown, statement: SQL): Promise<unknown>;
}

/** A statement that is being run. */
export interface Statement {
  readonly text: string;
  readonly params: readonly unknown[];
}

const dialect = new PgDialect();

/** Tells of each statement of an agent's database, right before and after it is run. */
export function aroundStatements(
  database: unknown,
  tell: (when: 'before' | 'after', statement: Statement) => void,
): void {
  // Each agent has a connection of its own to the one database, all of one class.
  let owner = database as Executor;
  while (!Object.hasOwn(owner, 'execute')) owner = Object.getPrototypeOf(owner) as Executor;
  const { execute } = owner;
  owner.execute = async function (sql) {
    const { sql: text, params } = dialect.sqlToQuery(sql);
    tell('before', { text, params });
    const result = await execute.call(this, sql);
    tell('after', { text, params });
    return result;
  };
}
