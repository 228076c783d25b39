export * from './agent-schema.ts';
