import { pgSchema } from 'drizzle-orm/pg-core';

/** The schema that holds all tables of this plugin. */
export const coordination = pgSchema('coordination');
