import type { TaskEngine } from './task-engine.ts';

interface Shared {
  readonly engine: TaskEngine;
  users: number;
}

// One for each database of the process: two would work on the same queues with twice the polling.
// A copy of this package that somebody else loads must find it, too.
const KEY = Symbol.for('371os.tasks');

function engines(): Map<unknown, Shared> {
  const holder = globalThis as unknown as Record<symbol, Map<unknown, Shared> | undefined>;
  return (holder[KEY] ??= new Map<unknown, Shared>());
}

/** The engine for a connection, made for its first user. */
export function acquireEngine(connection: unknown, make: () => TaskEngine): TaskEngine {
  const shared = engines().get(connection) ?? { engine: make(), users: 0 };
  shared.users += 1;
  engines().set(connection, shared);
  return shared.engine;
}

/** Gives an engine back; the last user's going stops it. */
export async function releaseEngine(connection: unknown): Promise<void> {
  const shared = engines().get(connection);
  if (!shared) return;
  shared.users -= 1;
  if (shared.users > 0) return;
  engines().delete(connection);
  await shared.engine.stop();
}
