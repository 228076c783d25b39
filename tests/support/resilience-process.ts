import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { NetConnectOpts } from 'node:net';
import { createInterface } from 'node:readline';
import type { ResilienceOrder, Word } from './resilience-worker.ts';
import { TcpProxy } from './tcp-proxy.ts';

const WORKER = new URL('./resilience-worker.ts', import.meta.url).pathname;

// A test that fails must not leave a process behind, a paused one least of all.
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A process with a network of its own to the database, and everything that it has said. */
export class ResilienceProcess {
  readonly name: string;
  readonly agent: string | undefined;
  readonly network: TcpProxy;
  readonly words: Word[] = [];
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<undefined>();

  private constructor(order: ResilienceOrder, network: TcpProxy) {
    this.name = order.name;
    this.agent = order.agent;
    this.network = network;
    this.#child = spawn(
      process.execPath,
      [
        ...['--conditions=@371os/source', '--disable-warning=ExperimentalWarning'],
        ...[WORKER, JSON.stringify(order)],
      ],
      { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, LOG_LEVEL: 'fatal' } },
    );
    running.add(this.#child);
    this.#child.once('exit', () => {
      running.delete(this.#child);
      this.#ready.reject(new Error(`${this.name} ended before it was ready.`));
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const word = JSON.parse(line) as Word;
      this.words.push(word);
      if (word.what === 'ready') this.#ready.resolve(undefined);
    });
  }

  /** @param url the database, on a socket or a port */
  static async start(url: string, order: Omit<ResilienceOrder, 'url'>): Promise<ResilienceProcess> {
    const network = await TcpProxy.start(addressOf(url));
    const own = new URL(url);
    own.search = '';
    own.host = `127.0.0.1:${String(network.port)}`;
    const started = new ResilienceProcess({ ...order, url: own.href }, network);
    await started.#ready.promise;
    return started;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Whether it said last that it has its agent. */
  get holds(): boolean {
    const word = this.words.findLast(({ what }) => what === 'holds' || what === 'lets go');
    return this.isRunning && word?.what === 'holds';
  }

  last(what: Word['what']): Word | undefined {
    return this.words.findLast((word) => word.what === what);
  }

  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  wake(): void {
    this.#child.kill('SIGCONT');
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    if (this.isRunning) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await exited;
    }
    await this.network.stop();
  }
}

function addressOf(url: string): NetConnectOpts {
  const { hostname, port, searchParams } = new URL(url);
  const directory = searchParams.get('host');
  const number = port === '' ? 5432 : Number(port);
  return directory === null
    ? { host: hostname, port: number }
    : { path: `${directory}/.s.PGSQL.${String(number)}` };
}
