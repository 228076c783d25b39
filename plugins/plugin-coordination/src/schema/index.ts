export * from './memory.ts';
export * from './requests.ts';
