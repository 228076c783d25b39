import { KeyedQueue, SYSTEM, type PicoUsd, type Principal } from '@371os/kernel';
import { maximumOfPlan, readPlan } from '@371os/plugin-akash';
import { hasEnded, type Task, type TasksService } from '@371os/plugin-tasks';
import type { Approval, Approvals } from '@371os/plugin-treasury';
import type { AgentRecord } from '../domain/agent-record.ts';
import { isWorking } from '../domain/agent-state.ts';
import {
  hourlyPrice,
  openingKey,
  RANGE_KIND,
  rangePlanOf,
  rangePlanSchema,
  rangeSummary,
  type HostedInstance,
  type RangePlan,
} from '../domain/hosted-instance.ts';
import { replicaName } from '../domain/presence.ts';
import { InstanceNotApprovedError, InstanceWaitsError, UnknownLifeError } from '../errors/lives.ts';
import type { AssignmentBook } from '../ports/assignment-book.ts';
import { listAgents } from '../store/agent-store.ts';
import type { Database } from '../store/database.ts';
import {
  beginDraining,
  beginOpening,
  listHostedInstances,
  noteApproved,
  noteAsked,
  readRange,
} from '../store/hosted-store.ts';

export interface HostedInstancesComponents {
  readonly database: Database;
  readonly tasks: Pick<TasksService, 'submit' | 'list'>;
  readonly approvals: Pick<Approvals, 'pending' | 'request' | 'get' | 'digestOf' | 'consume'>;
  readonly book: AssignmentBook;
}

/** A place in which a hosted agent works, or is to. */
export interface InstanceSight extends HostedInstance {
  readonly agent: string;
  /** How many of the company's tasks it works on. */
  readonly running: number;
}

/** How many instances a hosted agent has, and may have. */
export interface HostedScale {
  readonly agent: AgentRecord;
  /** Those that are not closed, by index. */
  readonly instances: readonly InstanceSight[];
  /** The last opening that failed, in words. */
  readonly failure: string | undefined;
  /** The most that an instance costs. */
  readonly hourlyPico: PicoUsd;
  readonly monthlyPico: PicoUsd;
  /** How many were approved; one without a range, by the approval of the agent itself. */
  readonly mostApproved: number;
}

/** The names under which openings and closings are queued: what ends must not wait for what begins. */
export const OPENING_WORKER = 'lifecycle-opening';
export const CLOSING_WORKER = 'lifecycle-closing';

const OPEN_TIMEOUT_MS = 3_600_000;
const MOST_ATTEMPTS = 10;
const MOST_TASKS = 200;

/**
 * How many places hosted agents work in: what is wanted, as rows; carried out by durable tasks where
 * agents are created and ended. For whichever process scales.
 */
export class HostedInstances {
  readonly #components: HostedInstancesComponents;
  readonly #asking = new KeyedQueue();

  constructor(components: HostedInstancesComponents) {
    this.#components = components;
  }

  /** How a hosted agent stands that takes tasks; undefined when there is none of that name. */
  async find(name: string): Promise<HostedScale | undefined> {
    const agent = (await this.#hosted()).find((one) => one.name === name);
    if (!agent) return undefined;
    const { database } = this.#components;
    const [rows, { approved }] = await Promise.all([
      listHostedInstances(database, agent.id),
      readRange(database, agent.id),
    ]);
    const monthlyPico = monthlyPrice(agent);
    const isApproved =
      approved?.generation === agent.generation && this.#covers(approved, agent, monthlyPico);
    return {
      ...{ agent, instances: await this.#sights(agent, rows) },
      failure: rows.find(({ state, failure }) => state === 'closed' && failure !== undefined)
        ?.failure,
      ...{ monthlyPico, hourlyPico: hourlyPrice(monthlyPico) },
      mostApproved: isApproved ? approved.max : 1,
    };
  }

  /** The places that take tasks, or finish some, of all hosted agents. */
  async list(): Promise<InstanceSight[]> {
    const agents = await this.#hosted();
    const rows = await listHostedInstances(this.#components.database);
    return agents.flatMap((agent) =>
      placesOf(
        agent,
        rows.filter(({ agentId }) => agentId === agent.id),
      ).map((one) => ({
        ...{ ...one, agent: agent.name, running: 0 },
      })),
    );
  }

  /**
   * Wants one place more, within what was approved.
   * @throws UnknownLifeError, InstanceNotApprovedError, InstanceWaitsError
   */
  async open(name: string, index: number): Promise<void> {
    const scale = await this.#get(name);
    const { agent, instances, mostApproved, failure } = scale;
    if (instances.some((one) => one.index === index)) return;
    if (instances.length >= mostApproved)
      throw new InstanceNotApprovedError({ name, most: mostApproved });
    const { id: agentId, generation } = agent;
    const begun = await beginOpening(this.#components.database, { agentId, generation, index });
    if (!begun) throw new InstanceWaitsError({ name, index, failure });
    await this.submit(begun, agent);
  }

  /** Has a place take nothing more and be closed; what it works on may take so long. */
  async close(name: string, index: number, drainMs: number): Promise<void> {
    const { agent, instances } = await this.#get(name);
    const known = instances.find((one) => one.index === index);
    if (known) await this.end(known, agent, drainMs);
  }

  /** The same for one that is known. Returns the task that does it. */
  async end(known: HostedInstance, agent: AgentRecord, drainMs: number): Promise<Task> {
    const begun = await beginDraining(this.#components.database, known, drainMs);
    return this.submit(begun ?? { ...known, state: 'draining' }, agent);
  }

  /** The task that opens or closes an instance, a new one where the last one gave it up. */
  async submit(one: HostedInstance, agent: Pick<AgentRecord, 'name' | 'roomId'>): Promise<Task> {
    const { agentId, index, turn, state } = one;
    const isEnd = state === 'draining';
    for (let round = 1; ; round += 1) {
      const task = await this.#components.tasks.submit({
        ...{ agent: isEnd ? CLOSING_WORKER : OPENING_WORKER, roomId: '', isConfidential: false },
        ...{ timeoutMs: OPEN_TIMEOUT_MS, maxAttempts: MOST_ATTEMPTS },
        text: `${isEnd ? 'Close' : 'Open'} ${replicaName(agent.name, index)}`,
        requester: { id: SYSTEM.id, role: 'admin' },
        idempotencyKey: `${openingKey(one)}/${isEnd ? 'close' : 'open'}/${String(round)}`,
        data: { agentId, index, turn },
      });
      if (!hasEnded(task.state) || task.state === 'COMPLETED') return task;
    }
  }

  // --- approval

  /**
   * Asks the owner for a range once: not again while that waits, nor after it was refused or has
   * expired, unless somebody wants it `again`. Undefined when there was nothing to ask.
   */
  async ask(
    name: string,
    range: { readonly min: number; readonly max: number },
    asked: { readonly requester: Principal; readonly isAgain: boolean },
  ): Promise<{ readonly approval: Approval; readonly isNew: boolean } | undefined> {
    return this.#asking.run(name, async () => {
      const { agent, monthlyPico } = await this.#get(name);
      const { approvals, database } = this.#components;
      const plan = rangePlanOf(agent, range, monthlyPico);
      const waiting = (await approvals.pending()).find(
        (one) => one.kind === RANGE_KIND && one.digest === approvals.digestOf(plan),
      );
      if (waiting) return { approval: waiting, isNew: false };
      const digest = approvals.digestOf(plan);
      const before = (await readRange(database, agent.id)).asked;
      if (before?.digest === digest && !asked.isAgain) return undefined;
      const approval = await approvals.request({
        ...{ kind: RANGE_KIND, plan, summary: rangeSummary(plan), requester: asked.requester },
        amountPico: monthlyPico * BigInt(Math.max(0, range.max - 1)),
        ...(agent.roomId === '' ? {} : { room: agent.roomId }),
      });
      await noteAsked(database, agent.id, { digest, approvalId: approval.id });
      return { approval, isNew: true };
    });
  }

  /** Carries out what was approved: from now on there may be so many. */
  async allow({ id, plan, digest }: Approval): Promise<string> {
    const range = rangePlanSchema.parse(plan);
    await noteApproved(this.#components.database, range);
    await this.#components.approvals.consume(id, digest);
    return `${range.name} may have ${String(range.min)} to ${String(range.max)} instances from now on, each at most $${range.usdPerHour} an hour.`;
  }

  // --- parts

  async #hosted(): Promise<AgentRecord[]> {
    const agents = await listAgents(this.#components.database);
    return agents.filter(
      ({ hosting, state, plan, retireWish }) =>
        hosting === 'akash' && isWorking(state) && plan && retireWish === undefined,
    );
  }

  async #get(name: string): Promise<HostedScale> {
    const scale = await this.find(name);
    if (scale) return scale;
    const known = (await this.#hosted()).map((agent) => agent.name);
    throw new UnknownLifeError({ name, known });
  }

  // A range for a price is none for a higher one.
  #covers(approved: RangePlan, agent: AgentRecord, monthlyPico: PicoUsd): boolean {
    const { digestOf } = this.#components.approvals;
    const { min, max } = approved;
    return digestOf(approved) === digestOf(rangePlanOf(agent, { min, max }, monthlyPico));
  }

  async #sights(agent: AgentRecord, rows: readonly HostedInstance[]): Promise<InstanceSight[]> {
    const { tasks, book } = this.#components;
    const places = placesOf(agent, rows);
    const working = await tasks.list({ agent: agent.name, states: ['WORKING'], limit: MOST_TASKS });
    const assigned = await book.find(working.map(({ id }) => id));
    return places.map((one) => ({
      ...{ ...one, agent: agent.name },
      running: assigned.filter(
        ({ index, deploymentId }) => index === one.index && deploymentId === one.deploymentId,
      ).length,
    }));
  }
}

/** The places of an agent that are not closed, the one that it was made with among them. */
export function placesOf(
  { id: agentId, generation, placement }: AgentRecord,
  rows: readonly HostedInstance[],
): HostedInstance[] {
  const own = rows.filter((row) => row.generation === generation);
  const open = own.filter(({ state }) => state !== 'closed');
  if (!placement || own.some(({ index }) => index === 0)) return open;
  const first: HostedInstance = {
    ...{ agentId, generation, index: 0, turn: 0, state: 'ready', drainLeftMs: 0, waitMs: 0 },
    ...{ deploymentId: placement.deploymentId, failures: 0, failure: undefined },
  };
  return [first, ...open];
}

function monthlyPrice({ id, plan }: AgentRecord): PicoUsd {
  return maximumOfPlan(readPlan({ id, plan: plan?.hosting }));
}
