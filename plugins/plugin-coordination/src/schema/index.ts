export * from './memory.ts';
export * from './requests.ts';
export * from './outside-calls.ts';
