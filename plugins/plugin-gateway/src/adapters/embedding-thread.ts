import { Worker } from 'node:worker_threads';
import { EMBEDDING_DIMENSIONS, zeroVector } from '../domain/zero-vector.ts';
import { EmbeddingFailedError } from '../errors.ts';
import type { Embedder } from '../ports.ts';
import type { EmbeddingJob, EmbeddingResult } from './embedding-worker.ts';

// The model reads 128 tokens, and its tokenizer takes time in the square of the length.
const LONGEST_CHARACTERS = 2_000;
const LARGEST_BATCH = 32;
const CACHED_TEXTS = 500;

interface Waiting {
  readonly text: string;
  readonly resolve: (vector: number[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Sentence embeddings by the Universal Sentence Encoder (lite) in one worker thread. It starts with
 * the first text, takes what waits in batches, is replaced when it dies or hangs, and never keeps
 * an idle process alive.
 */
export class EmbeddingThread implements Embedder {
  #worker: Worker | undefined;
  #queue: Waiting[] = [];
  #running: { id: number; batch: Waiting[]; timer: NodeJS.Timeout } | undefined;
  #nextId = 1;
  #timeoutMs = 0;
  readonly #cache = new Map<string, Promise<number[]>>();

  /** True while a thread exists. */
  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  async embed(texts: readonly string[], timeoutMs: number): Promise<number[][]> {
    this.#timeoutMs = timeoutMs;
    return Promise.all(texts.map((text) => this.#embedOne(text)));
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#fail('the agent was stopped');
    await worker?.terminate();
  }

  #embedOne(text: string): Promise<number[]> {
    const wanted = text.slice(0, LONGEST_CHARACTERS);
    if (wanted.trim() === '') return Promise.resolve(zeroVector());
    const known = this.#cache.get(wanted);
    this.#cache.delete(wanted);
    const vector = known ?? this.#enqueue(wanted);
    this.#cache.set(wanted, vector);
    const oldest = this.#cache.keys().next().value;
    if (this.#cache.size > CACHED_TEXTS && oldest !== undefined) this.#cache.delete(oldest);
    return vector;
  }

  #enqueue(text: string): Promise<number[]> {
    const vector = new Promise<number[]>((resolve, reject) => {
      this.#queue.push({ text, resolve, reject });
    });
    vector.catch(() => this.#cache.delete(text));
    queueMicrotask(() => {
      this.#runNext();
    });
    return vector;
  }

  #runNext(): void {
    if (this.#running || this.#queue.length === 0) return;
    const batch = this.#queue.splice(0, LARGEST_BATCH);
    const worker = (this.#worker ??= this.#start());
    const timer = setTimeout(() => {
      this.#fail(`it took more than ${String(this.#timeoutMs)} ms`);
      void worker.terminate();
    }, this.#timeoutMs);
    this.#running = { id: this.#nextId++, batch, timer };
    worker.ref();
    const job: EmbeddingJob = { id: this.#running.id, texts: batch.map(({ text }) => text) };
    worker.postMessage(job);
  }

  #start(): Worker {
    const worker = new Worker(workerFile());
    const lost = (): void => {
      if (this.#worker === worker) this.#fail('its thread ended');
    };
    worker.on('message', (result: EmbeddingResult) => {
      this.#finish(result);
    });
    worker.on('error', lost);
    worker.on('exit', lost);
    // After the listeners: adding one takes the process hostage again.
    worker.unref();
    return worker;
  }

  #finish(result: EmbeddingResult): void {
    const running = this.#running;
    if (running?.id !== result.id) return;
    clearTimeout(running.timer);
    this.#running = undefined;
    this.#worker?.unref();
    running.batch.forEach(({ resolve, reject }, index) => {
      const vector = 'vectors' in result ? result.vectors[index] : undefined;
      if (vector?.length === EMBEDDING_DIMENSIONS) resolve(vector);
      else
        reject(
          new EmbeddingFailedError({
            problem: 'problem' in result ? result.problem : 'the vector has a wrong size',
          }),
        );
    });
    this.#runNext();
  }

  #fail(problem: string): void {
    const lost = [...(this.#running?.batch ?? []), ...this.#queue];
    clearTimeout(this.#running?.timer);
    this.#running = undefined;
    this.#queue = [];
    this.#worker = undefined;
    for (const { reject } of lost) reject(new EmbeddingFailedError({ problem }));
  }
}

// Published code is JavaScript, a checkout runs its TypeScript.
function workerFile(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./embedding-worker.${extension}`, import.meta.url);
}
