export * from './leadership-schema.ts';
export * from './measures-schema.ts';
export * from './drill-schema.ts';
export * from './mode-schema.ts';
export * from './mesh-schema.ts';
export * from './letters-schema.ts';
export * from './contents-schema.ts';
