export * from './agents.ts';
export * from './presences.ts';
