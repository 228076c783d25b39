import type { SQL } from 'drizzle-orm';
import type { z } from 'zod';
import { BaseError } from '@371os/kernel';
import { TaskStoreError } from '../errors.ts';

/** What tasks need of `runtime.db`: drizzle over PGlite and over node-postgres both have it. */
export interface SqlExecutor {
  execute(query: SQL): PromiseLike<{ rows: unknown[] }>;
}

const ANSWER_WITHIN_MS = 30_000;
const TRANSIENT = new Set(['40001', '40P01']);
const ATTEMPTS = 4;

/** Runs single statements and says what went wrong in our words. */
export class Database {
  readonly #executor: SqlExecutor;

  constructor(executor: SqlExecutor) {
    this.#executor = executor;
  }

  /**
   * The rows of one statement, each of the shape of `row`.
   * @throws TaskStoreError when the database fails, answers nonsense, or not within 30 s
   */
  async query<Row extends z.ZodType>(query: SQL, row: Row): Promise<z.output<Row>[]> {
    try {
      const { rows } = await this.#executeAgain(query);
      return rows.map((raw) => row.parse(raw));
    } catch (error) {
      throw new TaskStoreError({ cause: error });
    }
  }

  // A statement that the database gave up for the sake of another one has changed nothing.
  async #executeAgain(query: SQL): Promise<{ rows: unknown[] }> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await withTimeout(this.#executor.execute(query));
      } catch (error) {
        if (attempt === ATTEMPTS || !isTransient(error)) throw error;
      }
    }
  }
}

function isTransient(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (TRANSIENT.has(String((cause as { code?: unknown }).code))) return true;
  return false;
}

async function withTimeout<Result>(work: PromiseLike<Result>): Promise<Result> {
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
