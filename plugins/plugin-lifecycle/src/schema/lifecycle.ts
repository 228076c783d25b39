import { pgSchema } from 'drizzle-orm/pg-core';

/** The schema that holds all tables of the lifecycle. */
export const lifecycle = pgSchema('lifecycle');
