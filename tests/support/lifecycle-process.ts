import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { mayBecome, type AgentState } from '@371os/plugin-lifecycle';
import { didOf, type RegistryNetwork } from '@371os/plugin-registry';
import { eventually } from './eventually.ts';
import { WorkerProcess } from './worker-process.ts';

// Leases of tasks and sagas last 10 s.
const STILL_MS = 11_000;
// A whole creation on Akash, on a machine that does much else.
const LIFE_MS = 90_000;

/** What a process says of an agent. */
export interface Sight {
  readonly id: string;
  readonly state: AgentState;
  /** Runtimes of that name in the process. */
  readonly running: number;
  /** All that it was ever given, newest first. */
  readonly tasks: readonly {
    readonly id: string;
    readonly state: string;
    readonly answer: string;
  }[];
  /** Where one on Akash works, by index. */
  readonly places?: readonly { readonly index: number; readonly state: string }[];
  readonly registration?: { readonly status: string };
  readonly placement?: { readonly dseq: string };
  /** What is being done, in words. */
  readonly progress: string;
  readonly journal: readonly {
    readonly number: number;
    readonly from: AgentState | 'none';
    readonly to: AgentState;
    readonly generation: number;
  }[];
}

/** Where a signal reaches a process: before or after it writes something down. */
export interface Point {
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  readonly when: 'before' | 'after';
  /** A state of an agent, or a step of a saga or task: `create/register/done`, `place/lease/begun`. */
  readonly what: string;
}

/** A company in a process that dies or stands still, and the processes that follow it. */
export class LifecycleProcess {
  readonly #directory = mkdtempSync(join(tmpdir(), '371os-lifecycle-'));
  readonly #settings: Record<string, string>;
  #worker!: WorkerProcess;

  private constructor(settings: Record<string, string>) {
    this.#settings = settings;
  }

  static async start(settings: Record<string, string>): Promise<LifecycleProcess> {
    const company = new LifecycleProcess(settings);
    await company.#start();
    return company;
  }

  async #start(): Promise<void> {
    const order = { dataDir: join(this.#directory, 'pglite'), settings: this.#settings };
    this.#worker = await WorkerProcess.start('lifecycle-worker.ts', order);
  }

  async end(): Promise<void> {
    await this.#worker.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  order(line: string): void {
    this.#worker.order(line);
  }

  says(beginning: string): Promise<string> {
    return this.#worker.says(beginning);
  }

  /** Has the process send itself a signal once it comes to a point. */
  async arm({ signal, when, what }: Point): Promise<void> {
    this.order(`signal ${signal} ${when} ${what}`);
    await this.says('armed');
  }

  /** Waits for the signal: it dies, and another process follows, or it stands still for longer than its leases. */
  async fall({ signal }: Point): Promise<void> {
    if (signal === 'SIGSTOP') return this.#worker.stoppedFor(STILL_MS);
    await this.#worker.gone();
    await this.#start();
  }

  async look(name: string): Promise<Sight> {
    this.order(`look ${name}`);
    return JSON.parse(await this.says('sees')) as Sight;
  }

  /** Waits until an agent is in a state, and what is said of it fits. */
  async inState(name: string, state: AgentState, more: object = {}): Promise<Sight> {
    let sight: Sight | undefined;
    await eventually(async () => {
      sight = await this.look(name);
      expect(sight).toMatchObject({ state, ...more });
    }, LIFE_MS);
    return sight as Sight;
  }
}

/** Before and after each of these is written down. */
export function around(signal: Point['signal'], ...points: string[]): Point[] {
  return points.flatMap((what) => [
    { signal, when: 'before' as const, what },
    { signal, when: 'after' as const, what },
  ]);
}

/** What an agent is called that is tried at a point. */
export function nameFor(what: string, point: Point): string {
  return `${what}-${point.when}-${point.what.replaceAll('/', '.')}-${point.signal.slice(3)}`;
}

/** Whatever happened, the journal is one unbroken life. */
export function expectOneLife({ journal }: Sight): void {
  expect(journal.map(({ number }) => number)).toEqual(journal.map((_, index) => index + 1));
  journal.forEach(({ from, to, generation }, index) => {
    const before = journal[index - 1];
    expect(from).toBe(before?.to ?? 'none');
    if (from !== 'none') expect(mayBecome(from, to)).toBe(true);
    expect(generation).toBeGreaterThanOrEqual(before?.generation ?? 0);
  });
}

/** Numbers in the registry under an agent's DID. */
export async function registrationsOf(
  { identities }: Pick<RegistryNetwork, 'identities'>,
  id: string,
): Promise<number> {
  const events = await identities.events({ fromBlock: 0 });
  const wanted = `0x${Buffer.from(didOf(id)).toString('hex')}`;
  return events.filter(
    (event) => event.kind === 'metadata' && event.key === 'did' && event.value === wanted,
  ).length;
}
