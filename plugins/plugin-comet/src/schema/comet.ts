import { pgSchema } from 'drizzle-orm/pg-core';

/** The schema that holds all tables of shortcuts. */
export const comet = pgSchema('comet');
