import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import { EmbeddingThread } from '../../plugins/plugin-gateway/src/adapters/embedding-thread.ts';
import {
  acquireEmbedder,
  releaseEmbedder,
} from '../../plugins/plugin-gateway/src/adapters/shared-embedder.ts';

const PATIENT_MS = 20_000;
const FROM_SOURCES = ['--conditions=@371os/source'];
const THREAD = new URL(
  '../../plugins/plugin-gateway/src/adapters/embedding-thread.ts',
  import.meta.url,
).href;
const thread = new EmbeddingThread();
afterAll(() => thread.stop());

function likeness(left: readonly number[], right: readonly number[]): number {
  const dot = left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
  return dot / (Math.hypot(...left) * Math.hypot(...right));
}

describe('sentence embeddings', () => {
  test('blank texts give zeros, and start no thread', async () => {
    const vectors = await thread.embed(['', '  \n'], PATIENT_MS);
    expect(vectors.map((vector) => [vector.length, Math.max(...vector)])).toEqual([
      [512, 0],
      [512, 0],
    ]);
    expect(thread.isRunning).toBe(false);
  });

  test('what means the same is closer than what does not', async () => {
    const [budget, money, weather] = await thread.embed(
      ['How much of the budget is left?', 'What money do we still have?', 'It rains in Oslo.'],
      PATIENT_MS,
    );
    expect(budget).toHaveLength(512);
    expect(likeness(budget!, money!)).toBeGreaterThan(likeness(budget!, weather!) + 0.1);
  });

  test('a batch gives each text its own vector, the same as alone', async () => {
    const texts = Array.from({ length: 80 }, (_value, index) => `sentence number ${String(index)}`);
    const batch = await thread.embed(texts, PATIENT_MS);
    const alone = new EmbeddingThread();
    const [single] = await alone.embed([texts[70]!], PATIENT_MS);
    await alone.stop();
    expect(likeness(batch[70]!, single!)).toBeGreaterThan(0.9999);
    expect(likeness(batch[70]!, batch[3]!)).toBeLessThan(0.9999);
  });

  test('a known text is not computed again', async () => {
    const [first] = await thread.embed(['How much of the budget is left?'], PATIENT_MS);
    const [again] = await thread.embed(['How much of the budget is left?'], PATIENT_MS);
    expect(again).toBe(first);
  });

  test.each([
    ['200 kB', 'word '.repeat(40_000)],
    ['special tokens', '<|endoftext|>'],
    ['control characters', '\u0000\u0001'],
    ['half of a surrogate pair', '\ud800'],
    ['one letter 8,000 times', 'a'.repeat(8_000)],
    ['Chinese', '我们还有多少预算？'],
  ])('%s', async (_name, text) => {
    const [vector] = await thread.embed([text], PATIENT_MS);
    expect(vector).toHaveLength(512);
    expect(vector!.every(Number.isFinite)).toBe(true);
  });

  test('a text that takes too long is an error, and the next one gets a new thread', async () => {
    const hurried = new EmbeddingThread();
    await expect(hurried.embed(['too late'], 1)).rejects.toMatchObject({
      code: 'EMBEDDING_FAILED',
    });
    const [vector] = await hurried.embed(['too late'], PATIENT_MS);
    expect(vector).toHaveLength(512);
    await hurried.stop();
  });

  test('a machine so busy that WebAssembly is slow to compile has it all the same', async () => {
    const slowly = `const { instantiate } = WebAssembly;
      WebAssembly.instantiate = (...source) => new Promise((resolve, reject) => {
        setTimeout(() => instantiate(...source).then(resolve, reject), 2_000);
      });`;
    const embed = `const { EmbeddingThread } = await import(${JSON.stringify(THREAD)});
      const thread = new EmbeddingThread();
      const [vector] = await thread.embed(['slow'], ${String(PATIENT_MS)});
      console.log(vector.length);
      await thread.stop();`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...FROM_SOURCES, '--eval', embed],
      {
        env: {
          ...process.env,
          NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(slowly)}`,
        },
        timeout: PATIENT_MS,
      },
    );
    expect(stdout.trim()).toBe('512');
  });

  test('stopping rejects what waits', async () => {
    const stopped = new EmbeddingThread();
    const waiting = stopped.embed(['never'], PATIENT_MS);
    const outcome = expect(waiting).rejects.toMatchObject({ code: 'EMBEDDING_FAILED' });
    await stopped.stop();
    await outcome;
  });

  test('agents of a process share one thread, which ends with the last of them', async () => {
    const first = acquireEmbedder();
    const second = acquireEmbedder();
    expect(second).toBe(first);
    await first.embed(['shared'], PATIENT_MS);
    await releaseEmbedder();
    expect(first.isRunning).toBe(true);
    await releaseEmbedder();
    expect(first.isRunning).toBe(false);
    await releaseEmbedder();
  });
});
