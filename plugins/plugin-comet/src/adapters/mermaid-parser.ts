import { Worker } from 'node:worker_threads';
import { KeyedQueue, withinTime } from '@371os/kernel';
import { DiagramReaderError } from '../errors/shortcuts.ts';
import type { DiagramJob, DiagramResult } from './mermaid-worker.ts';

const LONGEST = 50_000;
const READ_MS = 20_000;
const MOST_MEMORY_MB = 512;
const SHOWN = 400;

/**
 * Mermaid's own parsers, in a thread of their own: they want parts of a browser, and a diagram of
 * somebody's making must not stop the process. The thread begins with the first diagram.
 */
export class MermaidParser {
  #worker: Worker | undefined;
  readonly #queue = new KeyedQueue();
  #nextId = 0;

  /** Why a diagram does not parse; undefined when it does. @throws DiagramReaderError */
  async problemOf(text: string): Promise<string | undefined> {
    if (text.length > LONGEST) return `it is longer than ${LONGEST} characters`;
    const problem = await this.#queue.run('', () => this.#read(text));
    return problem?.replace(/\s*\n\s*/g, ' ').slice(0, SHOWN);
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  async #read(text: string): Promise<string | undefined> {
    const worker = (this.#worker ??= this.#start());
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
    const hear = (result: DiagramResult): void => {
      if (result.id === id) resolve(result.problem);
    };
    const lose = (cause?: unknown): void => {
      reject(new DiagramReaderError({ cause }));
    };
    worker.on('message', hear).once('error', lose).once('exit', lose);
    worker.ref();
    worker.postMessage({ id, text } satisfies DiagramJob);
    try {
      return await withinTime(promise, READ_MS, () => new DiagramReaderError({ cause: undefined }));
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      worker.off('message', hear).off('error', lose).off('exit', lose);
      worker.unref();
    }
  }

  #start(): Worker {
    return new Worker(workerFile(), {
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
    }).on('error', () => (this.#worker = undefined));
  }
}

function workerFile(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./mermaid-worker.${extension}`, import.meta.url);
}
