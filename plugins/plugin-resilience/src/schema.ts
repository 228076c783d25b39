export * from './leadership-schema.ts';
export * from './measures-schema.ts';
export * from './drill-schema.ts';
export * from './mode-schema.ts';
