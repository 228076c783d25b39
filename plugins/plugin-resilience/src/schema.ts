export * from './leadership-schema.ts';
export * from './mode-schema.ts';
