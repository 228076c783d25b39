export * from './agent-schema.ts';
export * from './presence-schema.ts';
