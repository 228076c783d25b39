import { hasEnded, type Task } from '@371os/plugin-tasks';
import type { Drill, DrillKind, HostedTarget } from '../domain/drill.ts';
import type { Failover } from '../domain/failover.ts';
import type { DrillRequest } from '../domain/read-drill-request.ts';
import { DrillRefusedError } from '../errors/drills.ts';
import type { DrillSite, DrillSubject, FaultSight } from '../ports/drill-site.ts';
import type { HostedFleet, HostedPlace, HostedSign } from '../ports/hosted-fleet.ts';
import { smallTask, type TaskBook } from './small-task.ts';

export interface HostedSiteInit {
  /** Undefined where no agent of this process can move them. */
  readonly fleet: () => HostedFleet | undefined;
  /** Whether an agent that does not answer is moved without being asked. */
  readonly isAutomatic: boolean;
  /** The record of the last loss of a place: a deployment and its number. */
  readonly failover: (place: string) => Promise<Failover | undefined>;
  readonly tasks: () => Promise<TaskBook>;
  /** Has this process do what the journal of faults says now. */
  readonly heedFaults: () => Promise<void>;
}

// One that fails is not asked again at once.
const TASK_EVERY_MS = 2_000;
// Silence is noticed after some ten seconds, and then it is asked once more.
const LEAST_SECONDS = 25;

/** Hosted agents whose answers are cut off from the company, so that failover moves them. */
export class HostedSite implements DrillSite {
  readonly type = 'hosted';
  readonly kinds: readonly DrillKind[] = ['blackhole', 'provider gone'];
  readonly #init: HostedSiteInit;

  constructor(init: HostedSiteInit) {
    this.#init = init;
  }

  async plan({ target, seconds }: DrillRequest): Promise<HostedTarget | undefined> {
    const fleet = this.#init.fleet();
    const signs = (await fleet?.list()) ?? [];
    const found = signs.filter((sign) => isMeant(sign, target.toLowerCase()));
    const [only, another] = found;
    if (!fleet || !only) return undefined;
    if (another)
      refuse(`"${target}" may be several`, `There are: ${found.map(agentOf).join(', ')}.`);
    if (!this.#init.isAutomatic)
      refuse('nothing moves it when it does not answer', 'Set RESILIENCE_FAILOVER to true.');
    if (seconds < LEAST_SECONDS)
      refuse(
        'an outage that is so short is not noticed',
        `Let it last for ${String(LEAST_SECONDS)} s or more.`,
      );
    const { place } = only;
    if (typeof place !== 'object' || !(await fleet.answers(place)))
      return refuse(`${only.agent} is moving, or does not answer`, 'Wait until it is there.');
    return targetOf(only, place);
  }

  async open(drill: Drill, target: HostedTarget): Promise<DrillSubject> {
    const fleet = this.#init.fleet();
    const now = await this.plan({ ...drill.plan, target: target.agent });
    if (!fleet || now?.dseq !== target.dseq)
      return refuse(
        `${target.agent} is at another place than when it was planned`,
        'Ask for the drill again.',
      );
    const before = await this.#init.failover(placeOf(target));
    return new HostedSubject(this.#init, fleet, { drillId: drill.id, target, before: before?.id });
  }
}

interface HostedWhat {
  readonly drillId: string;
  readonly target: HostedTarget;
  /** The last loss of its place before the drill. */
  readonly before: string | undefined;
}

class HostedSubject implements DrillSubject {
  readonly #init: HostedSiteInit;
  readonly #fleet: HostedFleet;
  readonly #what: HostedWhat;
  #tasks = 0;
  #submittedAtMs = -Infinity;
  #task: Task | undefined;

  constructor(init: HostedSiteInit, fleet: HostedFleet, what: HostedWhat) {
    this.#init = init;
    this.#fleet = fleet;
    this.#what = what;
  }

  // The fault stands in the journal already.
  async make(): Promise<void> {
    await this.#init.heedFaults();
  }

  // The journal ends it in each process.
  takeBack(): Promise<void> {
    return Promise.resolve();
  }

  async look(): Promise<FaultSight> {
    const { target, before } = this.#what;
    const last = await this.#init.failover(placeOf(target));
    const failover = last?.id === before ? undefined : last;
    if (failover?.failure !== undefined)
      return { isDetected: true, isRecovered: false, failure: failover.failure };
    const place = await this.#fleet.find(target.deploymentId);
    if (typeof place !== 'object' || place.dseq === target.dseq)
      return { isDetected: failover !== undefined, isRecovered: false };
    const isRecovered = await this.#hasDoneTask();
    const isElsewhere =
      target.region !== undefined && place.region !== undefined && place.region !== target.region;
    return { isDetected: true, isRecovered, alsoShows: isElsewhere ? 'region' : undefined };
  }

  close(): void {
    return;
  }

  // One that ended otherwise, as while its server was starting, is followed by another.
  async #hasDoneTask(): Promise<boolean> {
    const tasks = await this.#init.tasks();
    this.#task &&= await tasks.get(this.#task.id);
    if (this.#task?.state === 'COMPLETED') return true;
    if (this.#task && !hasEnded(this.#task.state)) return false;
    if (performance.now() - this.#submittedAtMs < TASK_EVERY_MS) return false;
    this.#submittedAtMs = performance.now();
    const { drillId, target } = this.#what;
    this.#tasks += 1;
    const key = `resilience/drill/${drillId}/${String(this.#tasks)}`;
    this.#task = await tasks.submit(smallTask(target.agent, key));
    return false;
  }
}

function targetOf({ agent, deploymentId }: HostedSign, place: HostedPlace): HostedTarget {
  const { dseq, provider, region, endpoint, price, maximumUsd } = place;
  return {
    ...{ type: 'hosted', agent, deploymentId, dseq, provider, price, maximumUsd },
    ...{ origin: new URL(endpoint).origin, ...(region === undefined ? {} : { region }) },
  };
}

function placeOf({ deploymentId, dseq }: HostedTarget): string {
  return `${deploymentId}/${dseq}`;
}

// `Nova` is CMO Nova; a provider is named by its address.
function isMeant({ agent, noted }: HostedSign, words: string): boolean {
  const name = agent.toLowerCase();
  return name === words || name.split(' ').includes(words) || noted.provider === words;
}

function agentOf({ agent }: HostedSign): string {
  return agent;
}

function refuse(reason: string, advice: string): never {
  throw new DrillRefusedError({ reason, advice });
}
