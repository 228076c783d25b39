export * from './runs.ts';
export * from './rooms.ts';
