export * from './presence-schema.ts';
