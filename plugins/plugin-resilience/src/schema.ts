export * from './leadership-schema.ts';
export * from './measures-schema.ts';
