import { processWide } from '@371os/kernel';
import type { ResilienceEngine } from './resilience-engine.ts';

interface Shared {
  readonly engine: Promise<ResilienceEngine>;
  users: number;
}

// One for each database of the process: two would probe, lead and heal against each other.
const engines = (): Map<unknown, Shared> =>
  processWide('resilience', () => new Map<unknown, Shared>());

/** The engine for a connection, made and started for its first user. */
export async function acquireEngine(
  connection: unknown,
  open: () => Promise<ResilienceEngine>,
): Promise<ResilienceEngine> {
  const shared = engines().get(connection) ?? { engine: open(), users: 0 };
  shared.users += 1;
  engines().set(connection, shared);
  try {
    return await shared.engine;
  } catch (error) {
    engines().delete(connection);
    throw error;
  }
}

/** Gives an engine back; the last user's going stops it. */
export async function releaseEngine(connection: unknown): Promise<void> {
  const shared = engines().get(connection);
  if (!shared) return;
  shared.users -= 1;
  if (shared.users > 0) return;
  engines().delete(connection);
  await (await shared.engine).stop();
}
