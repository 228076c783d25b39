import { bigint, pgSchema, text } from 'drizzle-orm/pg-core';

/** The schema that holds all tables of the dashboard. */
export const dashboard = pgSchema('dashboard');

/** Browsers that are signed in. What ends one deletes its row; its token, which nobody keeps, is worth nothing then. */
export const sessions = dashboard.table('sessions', {
  id: text('id').primaryKey(),
  /** `link` or `token`. */
  way: text('way').notNull(),
  /** What the browser says that it is, in a few words. */
  browser: text('browser').notNull(),
  begunAtMs: bigint('begun_at_ms', { mode: 'number' }).notNull(),
  expiresAtMs: bigint('expires_at_ms', { mode: 'number' }).notNull(),
});
