import { pgSchema } from 'drizzle-orm/pg-core';

/** The schema that holds all tables of the resilience officer. */
export const resilience = pgSchema('resilience');
