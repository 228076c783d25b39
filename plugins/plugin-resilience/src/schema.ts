export * from './leadership-schema.ts';
