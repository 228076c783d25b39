import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';

const WORKER = new URL('./tasks-worker.ts', import.meta.url).pathname;

/** A process that works on tasks, to be killed or paused. */
export class TasksProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: Interface) {
    this.#child = child;
    this.#lines = lines[Symbol.asyncIterator]();
  }

  static async start(order: Record<string, unknown>): Promise<TasksProcess> {
    const child = spawn(
      process.execPath,
      [
        ...['--conditions=@371os/source', '--disable-warning=ExperimentalWarning'],
        ...[WORKER, JSON.stringify(order)],
      ],
      { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, LOG_LEVEL: 'fatal' } },
    );
    const worker = new TasksProcess(child, createInterface({ input: child.stdout }));
    await worker.says('ready');
    return worker;
  }

  /** Waits for a line that begins so, and returns it. */
  async says(beginning: string): Promise<string> {
    for (;;) {
      const line = await this.#lines.next();
      if (line.done === true) throw new Error(`The worker ended before it said "${beginning}".`);
      if (line.value.startsWith(beginning)) return line.value;
    }
  }

  /** SIGKILL ends it as a power cut would; SIGSTOP pauses it and SIGCONT has it go on. */
  async signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    if (signal === 'SIGKILL') await exited;
  }
}
