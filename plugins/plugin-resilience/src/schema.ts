export * from './leadership-schema.ts';
export * from './failover-schema.ts';
export * from './scaling-schema.ts';
