import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { LOOPBACK } from '../loopback-server.ts';
import { allowedVariables, programFor, type KnownImages } from './images.ts';
import type { LeaseJournal } from './lease-journal.ts';
import { Timers } from './timers.ts';

const PROBE_MS = 50;
// A little longer than what stands between gives the program.
const KILL_AFTER_MS = 32_000;
const MOST_RESTARTS = 3;
const BACK_OFF_MS = 200;

export interface ServiceProcessInit {
  readonly service: string;
  readonly image: string;
  /** `NAME=value` */
  readonly env: readonly string[];
  /** On 127.0.0.1; the first is the one that a known program is told. */
  readonly ports: readonly number[];
  /** Of the service's own data. */
  readonly directory: string;
  readonly images: KnownImages;
  readonly journal: LeaseJournal;
  /** Called when it has ended too often. */
  readonly onUnstable: () => void;
}

/** The process that runs one service of a lease; it is started again when it ends by itself. */
export class ServiceProcess {
  readonly #init: ServiceProcessInit;
  readonly #timers = new Timers();
  #child: ChildProcess | undefined;
  #restarts = 0;
  #isReady = false;
  #isStopped = false;

  constructor(init: ServiceProcessInit) {
    this.#init = init;
    this.#tell('Normal', 'Scheduled', `Assigned ${init.service} to this machine`);
    this.#start();
  }

  /** Whether every port of it answers. */
  get isReady(): boolean {
    return this.#isReady;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#isReady = false;
    this.#timers.clear();
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.stdin?.end();
    child.kill('SIGTERM');
    const forced = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    await ended;
    clearTimeout(forced);
    this.#tell('Normal', 'Killing', `Stopped container ${this.#init.service}`);
  }

  #start(): void {
    const { service, image } = this.#init;
    const { args, environment, workingDirectory } = this.#order();
    const child = spawn(process.execPath, args, {
      ...{ cwd: workingDirectory, env: environment, stdio: ['pipe', 'pipe', 'pipe'] },
    });
    this.#child = child;
    child.stdin.on('error', () => undefined);
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (message) => {
        this.#init.journal.logs.add({ name: `${service}-0`, message });
      });
    child.once('error', () => {
      this.#restart('could not be started');
    });
    child.once('exit', (code) => {
      this.#restart(`ended with code ${String(code)}`);
    });
    this.#tell('Normal', 'Started', `Started container ${service} of ${image}`);
    this.#probe();
  }

  #order(): { args: string[]; environment: NodeJS.ProcessEnv; workingDirectory?: string } {
    const { image, service, ports, env, directory, images } = this.#init;
    const program = programFor(images, image);
    if (!program) {
      const order = JSON.stringify({ image, service, ports });
      return { args: [programPath('stand-in-program'), order], environment: {} };
    }
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return {
      args: [programPath('supervised-program'), JSON.stringify(program.args)],
      workingDirectory: program.workingDirectory,
      environment: {
        ...allowedVariables(program, env),
        ...program.fixedVariables,
        [program.portVariable]: String(ports[0] ?? 0),
        [program.dataVariable]: directory,
      },
    };
  }

  // As a readiness probe does, until all ports have answered.
  #probe(): void {
    this.#timers.after(PROBE_MS, () => {
      Promise.all(this.#init.ports.map(answers)).then(
        (answered) => {
          if (this.#isStopped) return;
          if (!answered.every(Boolean)) this.#probe();
          else if (!this.#isReady) {
            this.#isReady = true;
            this.#tell('Normal', 'Ready', `Container ${this.#init.service} is ready`);
          }
        },
        () => {
          this.#probe();
        },
      );
    });
  }

  #restart(why: string): void {
    if (this.#isStopped) return;
    this.#timers.clear();
    this.#isReady = false;
    this.#restarts += 1;
    this.#tell('Warning', 'BackOff', `Container ${this.#init.service} ${why}`);
    if (this.#restarts > MOST_RESTARTS) {
      this.#isStopped = true;
      this.#init.onUnstable();
    } else
      this.#timers.after(BACK_OFF_MS * 2 ** this.#restarts, () => {
        this.#start();
      });
  }

  #tell(type: 'Normal' | 'Warning', reason: string, note: string): void {
    const object = { kind: 'Pod', name: `${this.#init.service}-0`, namespace: 'devnet' } as const;
    this.#init.journal.events.add({ type, reason, note, object });
  }
}

async function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ port, host: LOOPBACK, timeout: 1000 });
    const end = (isOpen: boolean) => (): void => {
      socket.destroy();
      done(isOpen);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}

// The program stands beside this file, in the same form: source or built.
function programPath(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./${name}.${extension}`, import.meta.url));
}
