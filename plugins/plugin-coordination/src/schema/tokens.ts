import { bigint, boolean, index, jsonb, text } from 'drizzle-orm/pg-core';
import { coordination } from './coordination.ts';

const seconds = (name: string) => bigint(name, { mode: 'number' }).notNull();

/** Whose tokens were ended before their time. */
export const endedTokens = coordination.table('ended_tokens', {
  /** The name that they were made for. */
  name: text('name').primaryKey(),
  /** Those made before are not good any more; in seconds since 1970. */
  beforeS: seconds('before_s'),
});

/** Which tokens were made, without the tokens; those that have run out are forgotten. */
export const issuedTokens = coordination.table(
  'issued_tokens',
  {
    /** Stands in the token. */
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    /** `guest` or `admin`. */
    role: text('role').notNull(),
    /** An array of texts. */
    scopes: jsonb('scopes').notNull(),
    /** Null when it is for all. */
    agent: text('agent'),
    /** In seconds since 1970. */
    issuedS: seconds('issued_s'),
    expiresS: seconds('expires_s'),
    isEnded: boolean('is_ended').notNull().default(false),
  },
  (table) => [index('issued_tokens_expires').on(table.expiresS)],
);
