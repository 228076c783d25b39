import { EmbeddingThread } from './embedding-thread.ts';

// The model takes 200 MB, so all agents of a process share one thread, even when two copies of
// this package are loaded.
const HOLDER = Symbol.for('371os.embedding-thread');

interface Shared {
  readonly thread: EmbeddingThread;
  users: number;
}

function holder(): { [HOLDER]?: Shared | undefined } {
  return globalThis as { [HOLDER]?: Shared | undefined };
}

/** The process's embedding thread, counted as used until it is released. */
export function acquireEmbedder(): EmbeddingThread {
  const shared = (holder()[HOLDER] ??= { thread: new EmbeddingThread(), users: 0 });
  shared.users += 1;
  return shared.thread;
}

/** Ends the thread when nobody uses it any more. */
export async function releaseEmbedder(): Promise<void> {
  const shared = holder()[HOLDER];
  if (!shared) return;
  shared.users -= 1;
  if (shared.users > 0) return;
  holder()[HOLDER] = undefined;
  await shared.thread.stop();
}
