import type { JsonObject } from '../domain/discovery/indexed-agent.ts';

/** What is wrong with a value by a JSON Schema, or undefined when it fits. Never throws. */
export type SchemaCheck = (schema: JsonObject, value: unknown) => string | undefined;
