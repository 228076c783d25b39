export * from './memory.ts';
export * from './context.ts';
