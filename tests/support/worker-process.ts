import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { expect } from '@jest/globals';
import { eventually } from './eventually.ts';

/** A process of a test's own, to be paused and killed. It is given lines, and says lines. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: Interface) {
    this.#child = child;
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /**
   * @param program a file beside this one, such as `akash-worker.ts`, that says "ready"
   * @param order what the program is told at its start
   */
  static async start(program: string, order: Record<string, unknown>): Promise<WorkerProcess> {
    const child = spawn(
      process.execPath,
      [
        ...['--conditions=@371os/source', '--disable-warning=ExperimentalWarning'],
        ...[new URL(program, import.meta.url).pathname, JSON.stringify(order)],
      ],
      { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, LOG_LEVEL: 'fatal' } },
    );
    const worker = new WorkerProcess(child, createInterface({ input: child.stdout }));
    await worker.says('ready');
    return worker;
  }

  order(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** The rest of the next line that begins so. */
  async says(beginning: string): Promise<string> {
    for (;;) {
      const line = await this.#lines.next();
      if (line.done === true) throw new Error(`The worker ended before it said "${beginning}".`);
      if (line.value.startsWith('error')) throw new Error(line.value);
      if (line.value.startsWith(beginning)) return line.value.slice(beginning.length).trim();
    }
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.gone();
  }

  /** Lets it end by itself: nothing more is ordered. */
  async end(): Promise<void> {
    this.#child.stdin?.end();
    await this.gone();
  }

  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  goOn(): void {
    this.#child.kill('SIGCONT');
  }

  /** Waits until it has stopped itself (SIGSTOP), leaves it so for a while, and lets it go on. */
  async stoppedFor(ms: number): Promise<void> {
    const status = (): string => readFileSync(`/proc/${String(this.#child.pid)}/stat`, 'utf8');
    await eventually(async () => {
      expect(/\) (\w) /.exec(status())?.[1]).toBe('T');
    });
    await new Promise((done) => setTimeout(done, ms));
    this.goOn();
  }

  /** Resolves when it is gone. */
  async gone(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null)
      await once(this.#child, 'exit');
  }
}
