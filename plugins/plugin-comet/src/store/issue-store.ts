import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { issuePlan, type IssuePlan } from '../domain/issue-plan.ts';
import type { Database } from './database.ts';

const row = issuePlan
  .extend({
    key: z.string(),
    approval_id: z.string(),
    url: z.string().nullable(),
    created_at_ms: z.string().transform(Number),
  })
  .transform(({ key, approval_id, url, created_at_ms, ...plan }) => ({
    ...{ key, plan, approvalId: approval_id, url: url ?? undefined, createdAtMs: created_at_ms },
  }));
const nothing = z.unknown();

/** An issue that was approved. */
export type KeptIssue = z.output<typeof row>;

const COLUMNS = sql.raw(
  'key, tracker, place, title, body, approval_id, url, (extract(epoch FROM created_at) * 1000)::bigint::text AS created_at_ms',
);

/** Issues that were approved, and where they are. */
export class IssueStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps an issue, or finds the one with the same key. */
  async keep(key: string, plan: IssuePlan, approvalId: string): Promise<KeptIssue> {
    await this.#database.query(
      sql`INSERT INTO comet.issues (key, tracker, place, title, body, approval_id)
        VALUES (${key}, ${plan.tracker}, ${plan.place}, ${plan.title}, ${plan.body}, ${approvalId})
        ON CONFLICT (key) DO NOTHING`,
      nothing,
    );
    const [kept] = await this.#database.query(
      sql`SELECT ${COLUMNS} FROM comet.issues WHERE key = ${key}`,
      row,
    );
    return kept as KeptIssue;
  }

  /** Those that were not opened, oldest first. */
  async unopened(): Promise<KeptIssue[]> {
    return this.#database.query(
      sql`SELECT ${COLUMNS} FROM comet.issues WHERE url IS NULL ORDER BY created_at LIMIT 100`,
      row,
    );
  }

  async opened(key: string, url: string): Promise<void> {
    await this.#database.query(
      sql`UPDATE comet.issues SET url = ${url} WHERE key = ${key}`,
      nothing,
    );
  }
}
