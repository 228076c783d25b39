export * from './runs.ts';
export * from './rooms.ts';
export * from './issues.ts';
