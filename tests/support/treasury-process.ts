import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';

const WORKER = new URL('./treasury-worker.ts', import.meta.url).pathname;

/** What a worker was granted, and which errors it met. */
export interface WorkerOutcome {
  readonly granted: readonly string[];
  readonly codes: readonly string[];
  readonly refused: number;
}

/** A worker process that has opened the treasury and waits to be let go. */
export class TreasuryProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: Interface) {
    this.#child = child;
    this.#lines = lines[Symbol.asyncIterator]();
  }

  static async start(order: Record<string, unknown>): Promise<TreasuryProcess> {
    const child = spawn(
      process.execPath,
      [
        '--conditions=@371os/source',
        '--disable-warning=ExperimentalWarning',
        WORKER,
        JSON.stringify(order),
      ],
      { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, LOG_LEVEL: 'fatal' } },
    );
    const worker = new TreasuryProcess(child, createInterface({ input: child.stdout }));
    await worker.#read((line) => line === 'ready');
    return worker;
  }

  /** Lets the worker reserve, and returns what it says. */
  async go(): Promise<WorkerOutcome> {
    this.#child.stdin?.write('go\n');
    return JSON.parse(await this.#read((line) => line.startsWith('{'))) as WorkerOutcome;
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    await this.#end(() => this.#child.kill('SIGKILL'));
  }

  async stop(): Promise<void> {
    await this.#end(() => this.#child.stdin?.end());
  }

  async #end(how: () => void): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    how();
    await exited;
  }

  async #read(isWanted: (line: string) => boolean): Promise<string> {
    for (;;) {
      const line = await this.#lines.next();
      if (line.done === true)
        throw new Error('The worker ended before it said what was waited for.');
      if (isWanted(line.value)) return line.value;
    }
  }
}
