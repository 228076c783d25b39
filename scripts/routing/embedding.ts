import { acquireEmbedder, releaseEmbedder } from '@371os/plugin-gateway';

const TIMEOUT_MS = 120_000;
const BATCH = 256;

export interface ScriptEmbedder {
  embed(texts: readonly string[]): Promise<number[][]>;
}

/** Lends the embedding thread, with no company around it, to `work`. */
export async function withEmbedder<Result>(
  work: (embedder: ScriptEmbedder) => Promise<Result>,
): Promise<Result> {
  const thread = acquireEmbedder();
  try {
    return await work({ embed: (texts) => embedAll(thread, texts) });
  } finally {
    await releaseEmbedder();
  }
}

async function embedAll(
  thread: ReturnType<typeof acquireEmbedder>,
  texts: readonly string[],
): Promise<number[][]> {
  const vectors: number[][] = [];
  for (let start = 0; start < texts.length; start += BATCH)
    vectors.push(...(await thread.embed(texts.slice(start, start + BATCH), TIMEOUT_MS)));
  return vectors;
}
