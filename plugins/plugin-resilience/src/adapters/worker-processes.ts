import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { every } from '@371os/kernel';
import { replicaName, type AgentInstance } from '@371os/plugin-lifecycle';
import { localFleet, type Fleet } from '../domain/fleet.ts';
import type { Instance } from '../domain/instance.ts';
import { restartDelayMs, STARTED_WELL_MS } from '../domain/restart-pace.ts';
import type { InstanceLauncher } from '../ports/instance-launcher.ts';
import { ReplicaNotStartedError } from '../errors/scaling.ts';
import type { Replica, ReplicaStore } from '../store/replica-store.ts';
import { isSameProcess, startOfProcess } from './process-identity.ts';
import type { ReplicaProgram } from './replica-program.ts';

export interface WorkerProcessesInit {
  readonly program: ReplicaProgram;
  /** The agents that may have replicas; those of others are ended. */
  readonly agents: readonly string[];
  readonly store: ReplicaStore;
  /** Lets replicas be forgotten that nobody will call back. */
  readonly forgetIdle: () => Promise<void>;
  /** The processes that work for agents and replicas now. */
  readonly present: () => Promise<AgentInstance[]>;
  /** Where this process runs. */
  readonly machine: string;
  /** Whether this process is the one that may start and end replicas. */
  readonly isLeading: () => boolean;
  readonly log: (problem: string, error?: unknown) => void;
}

const LOOK_EVERY_MS = 1_000;
/** A process that was silent for longer is not believed what it said before. */
const HEARD_LATELY_MS = 5_000;
/** Whoever works elsewhere is taken for dead when it is not heard of for so long. */
const LOST_AFTER_MS = 30_000;
/** What a worker takes beside its drain until it ends itself. */
const END_BY_FORCE_MS = 12_000;
/** ElizaOS gives the agents of a process 10 s to stop. */
const CLOSE_MS = 8_000;

/**
 * Replicas as worker processes of this machine. Which there are stands in the database, with the
 * number and the start of each process, so that whoever leads next goes on with them, and ends them.
 */
export class WorkerProcesses implements InstanceLauncher {
  readonly #init: WorkerProcessesInit;
  readonly #forceAtMs = new Map<string, number>();
  #end: (() => void) | undefined;
  #hasForgotten = false;

  constructor(init: WorkerProcessesInit) {
    this.#init = init;
  }

  open(): void {
    this.#end ??= every(
      LOOK_EVERY_MS,
      () => this.#look(),
      (error) => {
        this.#init.log('replicas were not looked after', error);
      },
    );
  }

  // What is not ended in time ends by itself, and whoever leads next takes its row away.
  async close(): Promise<void> {
    this.#end?.();
    if (!this.#init.isLeading()) return;
    const own = (await this.#init.store.list()).filter((one) => this.#isHere(one));
    for (const { agent, index } of own) await this.stop({ agent, index }, { drainMs: CLOSE_MS });
    const endBy = performance.now() + CLOSE_MS;
    while (own.some(isRunning) && performance.now() < endBy) await pause();
    for (const replica of own) if (!isRunning(replica)) await this.#forget(replica);
  }

  async start(agent: string, index: number): Promise<void> {
    const claim = replicaName(agent, index);
    await this.#init.store.want(claim, this.#init.machine);
    await this.#lookAt(claim);
  }

  async stop(
    { agent, index }: { readonly agent: string; readonly index: number },
    { drainMs }: { readonly drainMs: number },
  ): Promise<void> {
    const claim = replicaName(agent, index);
    // One on another machine hears of it from the database.
    await this.#init.store.dismiss(claim);
    this.#forceAtMs.set(claim, performance.now() + drainMs + END_BY_FORCE_MS);
    await this.#lookAt(claim);
  }

  async survey(agent: string): Promise<Fleet> {
    return localFleet(await this.#list(agent));
  }

  async #list(agent: string): Promise<Instance[]> {
    const [rows, present] = await Promise.all([this.#init.store.list(), this.#init.present()]);
    const own = present.filter((one) => one.agent === agent && one.index === 0);
    return [
      ...own.map((one) => instanceOf(one)),
      ...rows
        .filter((row) => row.agent === agent)
        .map((row) =>
          replicaOf(
            row,
            present.find((one) => isOf(one, row)),
          ),
        ),
    ];
  }

  async #look(): Promise<void> {
    const { present, store, agents, isLeading } = this.#init;
    if (!isLeading()) return;
    if (!this.#hasForgotten) await this.#init.forgetIdle();
    this.#hasForgotten = true;
    const replicas = await store.list();
    if (replicas.length === 0) {
      // Where nobody is scaled, none comes.
      if (agents.length === 0) this.#end?.();
      return;
    }
    const heard = await present();
    for (const replica of replicas) {
      const isLeft = replica.isWanted && !agents.includes(replica.agent);
      if (isLeft) await store.dismiss(replica.claim);
      await this.#lookAfter({ ...replica, isWanted: replica.isWanted && !isLeft }, heard);
    }
  }

  async #lookAt(claim: string): Promise<void> {
    const replica = (await this.#init.store.list()).find((one) => one.claim === claim);
    if (replica) await this.#lookAfter(replica, await this.#init.present());
  }

  async #lookAfter(replica: Replica, present: readonly AgentInstance[]): Promise<void> {
    if (!this.#init.isLeading()) return;
    const heard = present.find((one) => isOf(one, replica));
    const isElsewhere = !this.#isHere(replica);
    if (isElsewhere && isAlive(heard)) return;
    if (isElsewhere && replica.pid !== undefined && replica.sinceMs < LOST_AFTER_MS) return;
    if (!replica.isWanted) await this.#endUnwanted(replica);
    else if (isElsewhere || !isRunning(replica)) await this.#beginAgain(replica);
  }

  async #endUnwanted(replica: Replica): Promise<void> {
    const { claim, pid } = replica;
    if (!this.#isHere(replica) || !isRunning(replica)) return this.#forget(replica);
    const forceAt = this.#forceAtMs.get(claim);
    // One of a previous run is given as long as any.
    if (forceAt === undefined) this.#forceAtMs.set(claim, performance.now() + LOST_AFTER_MS);
    const isLate = forceAt !== undefined && performance.now() > forceAt;
    signal(pid, isLate ? 'SIGKILL' : 'SIGTERM');
  }

  async #forget(replica: Replica): Promise<void> {
    this.#forceAtMs.delete(replica.claim);
    await this.#init.store.ended(replica);
  }

  async #beginAgain(replica: Replica): Promise<void> {
    const { store } = this.#init;
    if (replica.pid !== undefined) {
      const failures = replica.sinceMs >= STARTED_WELL_MS ? 1 : replica.failures + 1;
      const delayMs = restartDelayMs(failures);
      this.#init.log(
        `${replica.claim} has ended by itself; it is started again in ${String(delayMs)} ms`,
      );
      return store.failed(replica, { failures, delayMs });
    }
    if (replica.sinceMs >= 0) await this.#spawn(replica);
  }

  async #spawn(replica: Replica): Promise<void> {
    const { program, store, machine } = this.#init;
    const { claim } = replica;
    const log = openSync(program.logPath, 'a', 0o600);
    const child = spawn(program.file, program.args(claim), { stdio: ['ignore', 'ignore', log] });
    closeSync(log);
    child.unref();
    child.on('error', (error) => {
      this.#init.log(`${claim} could not be started`, error);
    });
    const { pid } = child;
    const startedTicks = pid === undefined ? undefined : startOfProcess(pid);
    if (pid === undefined || startedTicks === undefined)
      throw new ReplicaNotStartedError({ claim });
    // Nobody would know of one that is not written down.
    const isKept = await store.begun(replica, { pid, startedTicks, machine }).catch(() => false);
    if (!isKept) child.kill('SIGKILL');
  }

  #isHere({ machine }: Replica): boolean {
    return machine === this.#init.machine;
  }
}

function isOf(one: AgentInstance, { agent, index }: Pick<Replica, 'agent' | 'index'>): boolean {
  return one.agent === agent && one.index === index;
}

function isAlive(one: AgentInstance | undefined): boolean {
  return one !== undefined && one.silentMs < LOST_AFTER_MS;
}

function isRunning({ pid, startedTicks }: Replica): boolean {
  return pid !== undefined && startedTicks !== undefined && isSameProcess(pid, startedTicks);
}

function instanceOf({ agent, index, state, silentMs, usage }: AgentInstance): Instance {
  const heard = silentMs < HEARD_LATELY_MS ? usage : undefined;
  return {
    ...{ agent, index },
    state: state === 'ready' || state === 'draining' ? state : 'starting',
    running: heard && (heard.running[agent] ?? 0),
    cpuPercent: heard?.cpuPercent,
    memoryMb: heard?.memoryMb,
  };
}

function replicaOf(
  { agent, index, isWanted }: Replica,
  heard: AgentInstance | undefined,
): Instance {
  const none = { running: undefined, cpuPercent: undefined, memoryMb: undefined };
  const known: Instance = heard ? instanceOf(heard) : { agent, index, state: 'starting', ...none };
  return isWanted ? known : { ...known, state: 'draining' };
}

// It may have ended since.
function signal(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100));
}
