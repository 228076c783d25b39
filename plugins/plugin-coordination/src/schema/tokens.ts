import { bigint, text } from 'drizzle-orm/pg-core';
import { coordination } from './coordination.ts';

/** Whose tokens were ended before their time. */
export const endedTokens = coordination.table('ended_tokens', {
  /** The name that they were made for. */
  name: text('name').primaryKey(),
  /** Those made before are not good any more; in seconds since 1970. */
  beforeS: bigint('before_s', { mode: 'number' }).notNull(),
});
