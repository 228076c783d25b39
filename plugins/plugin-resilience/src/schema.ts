export * from './leadership-schema.ts';
export * from './mesh-schema.ts';
export * from './letters-schema.ts';
export * from './contents-schema.ts';
