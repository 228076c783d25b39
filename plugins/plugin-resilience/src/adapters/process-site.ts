import { NodeWatch, type CompanyProcess } from '@371os/plugin-lifecycle';
import type { Task } from '@371os/plugin-tasks';
import type { Drill, DrillKind, ProcessTarget } from '../domain/drill.ts';
import type { DrillRequest } from '../domain/read-drill-request.ts';
import { DrillRefusedError } from '../errors/drills.ts';
import type { DrillSite, DrillSubject, FaultSight } from '../ports/drill-site.ts';
import { smallTask, type TaskBook } from './small-task.ts';
import { signalProcess, startedAtMs, startTicksOf } from './process-control.ts';

export interface ProcessSiteInit {
  /** The processes of the company. */
  readonly processes: () => Promise<readonly CompanyProcess[]>;
  /** This machine and this process. */
  readonly machine: string;
  readonly pid: number;
  readonly tasks: () => Promise<TaskBook>;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsedMs: () => number;
}

// A process that has been silent for longer may be gone, and its number another one's.
const FRESH_MS = 5_000;
// The system's clock and the database's need not agree to the second.
const CLOCKS_APART_MS = 5_000;
const FRONT = 'front';

/** Processes of the company on this machine that are killed, or stand still. */
export class ProcessSite implements DrillSite {
  readonly type = 'process';
  readonly kinds: readonly DrillKind[] = ['kill', 'stop'];
  readonly #init: ProcessSiteInit;

  constructor(init: ProcessSiteInit) {
    this.#init = init;
  }

  async plan({ target }: DrillRequest): Promise<ProcessTarget> {
    const processes = await this.#init.processes();
    const { agent, holder } = holderOf(processes, target);
    this.#check(holder);
    const { id: nodeId, name, machine, pid } = holder;
    const startTicks = startTicksOf(pid);
    if (startTicks === undefined || !wasItself(holder, startTicks))
      throw new DrillRefusedError({
        reason: `the process ${String(pid)} of this machine is not the one that works for ${agent}`,
        advice: 'Drill it from the container or the machine that it runs on.',
      });
    return { type: 'process', agent, nodeId, name, machine, pid, startTicks };
  }

  async open({ id, plan }: Drill, target: ProcessTarget): Promise<DrillSubject> {
    const now = await this.plan({ ...plan, target: target.agent });
    if (now.nodeId !== target.nodeId || now.startTicks !== target.startTicks)
      throw new DrillRefusedError({
        reason: `another process works for ${target.agent} than when it was planned`,
        advice: 'Ask for the drill again.',
      });
    return new ProcessSubject(this.#init, { drillId: id, kind: plan.kind, target });
  }

  #check({ name, machine, pid, silentMs }: CompanyProcess): void {
    const refuse = (reason: string, advice: string): never => {
      throw new DrillRefusedError({ reason, advice });
    };
    if (machine !== this.#init.machine)
      refuse('that process runs on another machine', 'Ask on that machine.');
    if (pid === this.#init.pid)
      refuse('that is the process that would carry it out', 'Choose an agent of another process.');
    if (name === FRONT)
      refuse('nobody can take the place of the front', 'Choose an agent of a worker.');
    if (silentMs > FRESH_MS)
      refuse('that process gives no sign of life', 'Wait until somebody has taken its place.');
  }
}

interface ProcessFault {
  readonly drillId: string;
  readonly kind: DrillKind;
  readonly target: ProcessTarget;
}

class ProcessSubject implements DrillSubject {
  readonly #init: ProcessSiteInit;
  readonly #what: ProcessFault;
  readonly #watch = new NodeWatch();
  #task: Task | undefined;

  constructor(init: ProcessSiteInit, what: ProcessFault) {
    this.#init = init;
    this.#what = what;
  }

  async make(): Promise<void> {
    const { drillId, kind, target } = this.#what;
    await this.#isNoticed();
    signalProcess(target, kind === 'kill' ? 'SIGKILL' : 'SIGSTOP');
    const tasks = await this.#init.tasks();
    this.#task = await tasks.submit(smallTask(target.agent, `resilience/drill/${drillId}`));
  }

  takeBack(): Promise<void> {
    if (this.#what.kind === 'stop') signalProcess(this.#what.target, 'SIGCONT');
    return Promise.resolve();
  }

  async look(): Promise<FaultSight> {
    const [isDetected, isRecovered] = await Promise.all([this.#isNoticed(), this.#isTaskDone()]);
    return { isDetected, isRecovered };
  }

  close(): void {
    return;
  }

  // By the detector that the company's directory judges processes with.
  async #isNoticed(): Promise<boolean> {
    const { nodeId } = this.#what.target;
    this.#watch.observe(await this.#init.processes(), this.#init.elapsedMs());
    return !this.#watch.isAlive(nodeId);
  }

  async #isTaskDone(): Promise<boolean> {
    if (!this.#task) return false;
    return (await (await this.#init.tasks()).get(this.#task.id)).state === 'COMPLETED';
  }
}

function holderOf(
  processes: readonly CompanyProcess[],
  wanted: string,
): { agent: string; holder: CompanyProcess } {
  const all = processes.flatMap((holder) => holder.agents.map((agent) => ({ agent, holder })));
  const words = wanted.toLowerCase();
  const exact = all.filter(({ agent }) => agent.toLowerCase() === words);
  const found = exact.length > 0 ? exact : all.filter((one) => isNamed(one.agent, words));
  const [only, another] = found;
  if (only && !another) return only;
  const known = all.map(({ agent }) => agent).join(', ');
  throw new DrillRefusedError({
    reason: another ? `"${wanted}" may be several agents` : `no process works for "${wanted}"`,
    advice:
      known === ''
        ? 'Processes are drilled where several share a PostgreSQL: start workers.'
        : `There are: ${known}.`,
  });
}

// `Maya` is CFO Maya.
function isNamed(agent: string, words: string): boolean {
  return agent.toLowerCase().split(' ').includes(words);
}

// It wrote itself down after the system had started it; who has its number now was started later.
function wasItself({ startedAtMs: joinedMs }: CompanyProcess, startTicks: string): boolean {
  const begunMs = startedAtMs(startTicks);
  return begunMs !== undefined && begunMs <= joinedMs + CLOCKS_APART_MS;
}
