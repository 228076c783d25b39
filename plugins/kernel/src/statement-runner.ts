import type { z } from 'zod';
import { BaseError } from './errors.ts';
import { withinTime } from './within-time.ts';

/** What `runtime.db` offers: drizzle has it over PGlite and over node-postgres. */
export interface StatementExecutor<Statement> {
  execute(statement: Statement): PromiseLike<{ rows: unknown[] }>;
}

class DatabaseTimeoutError extends BaseError {
  constructor() {
    super(`The database did not answer within ${String(ANSWER_WITHIN_MS)} ms.`);
  }
}

const ANSWER_WITHIN_MS = 30_000;
const ATTEMPTS = 4;
// Serialisation failure and deadlock, as PostgreSQL numbers them.
const TRANSIENT = new Set(['40001', '40P01']);

/** Runs single SQL statements, each atomic by itself, and says in our words what went wrong. */
export class StatementRunner<Statement> {
  readonly #executor: StatementExecutor<Statement>;
  readonly #failure: (cause: unknown) => Error;

  /** @param failure the error to throw when the database fails */
  constructor(executor: StatementExecutor<Statement>, failure: (cause: unknown) => Error) {
    this.#executor = executor;
    this.#failure = failure;
  }

  /**
   * The rows of one statement, each of the shape of `row`.
   * @throws what `failure` makes when the database fails, answers nonsense, or not within 30 s
   */
  async query<Row extends z.ZodType>(statement: Statement, row: Row): Promise<z.output<Row>[]> {
    try {
      const { rows } = await this.#executeAgain(statement);
      return rows.map((raw) => row.parse(raw));
    } catch (error) {
      throw this.#failure(error);
    }
  }

  // A statement that the database gave up for the sake of another one has changed nothing.
  async #executeAgain(statement: Statement): Promise<{ rows: unknown[] }> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await withinTime(
          this.#executor.execute(statement),
          ANSWER_WITHIN_MS,
          () => new DatabaseTimeoutError(),
        );
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
