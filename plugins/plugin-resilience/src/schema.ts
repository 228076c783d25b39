export * from './leadership-schema.ts';
export * from './drill-schema.ts';
