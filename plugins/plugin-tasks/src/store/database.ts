import type { SQL } from 'drizzle-orm';
import type { z } from 'zod';
import { BaseError } from '@371os/kernel';
import { TaskStoreError } from '../errors.ts';

/** What runs statements: `runtime.db`, and a transaction of it. */
export interface SqlExecutor {
  execute(query: SQL): PromiseLike<{ rows: unknown[] }>;
}

/** What tasks need of `runtime.db`: drizzle over PGlite and over node-postgres both have it. */
export interface SqlDatabase extends SqlExecutor {
  transaction<Result>(work: (transaction: SqlExecutor) => Promise<Result>): Promise<Result>;
}

const ANSWER_WITHIN_MS = 30_000;
const TRANSIENT = new Set(['40001', '40P01']);
const ATTEMPTS = 4;

/** Runs statements and says what went wrong in our words. */
export class Database {
  readonly #executor: SqlDatabase;

  constructor(executor: SqlDatabase) {
    this.#executor = executor;
  }

  /**
   * The rows of one statement, each of the shape of `row`.
   * @throws TaskStoreError when the database fails, answers nonsense, or not within 30 s
   */
  query<Row extends z.ZodType>(statement: SQL, row: Row): Promise<z.output<Row>[]> {
    return inOurWords(() => withTimeout(queryOn(this.#executor)(statement, row)));
  }

  /**
   * Several statements, all or none. `work` may be run more than once.
   * @throws TaskStoreError
   */
  transaction<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    return inOurWords(() =>
      this.#executor.transaction((transaction) => withTimeout(work(queryOn(transaction)))),
    );
  }
}

/** Runs one statement. */
export type Query = <Row extends z.ZodType>(statement: SQL, row: Row) => Promise<z.output<Row>[]>;

function queryOn(executor: SqlExecutor): Query {
  return async (statement, row) => {
    const { rows } = await executor.execute(statement);
    return rows.map((raw) => row.parse(raw));
  };
}

// A statement that the database gave up for the sake of another one has changed nothing.
async function inOurWords<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || !isTransient(error)) throw new TaskStoreError({ cause: error });
    }
  }
}

function isTransient(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (TRANSIENT.has(String((cause as { code?: unknown }).code))) return true;
  return false;
}

async function withTimeout<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new DatabaseTimeoutError());
    }, ANSWER_WITHIN_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

class DatabaseTimeoutError extends BaseError {
  constructor() {
    super(`The database did not answer within ${String(ANSWER_WITHIN_MS)} ms.`);
  }
}
