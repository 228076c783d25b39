export * from './memory.ts';
export * from './requests.ts';
export * from './context.ts';
export * from './a2a.ts';
export * from './outside-calls.ts';
export * from './tokens.ts';
