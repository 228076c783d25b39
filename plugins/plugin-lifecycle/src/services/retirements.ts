import { SYSTEM } from '@371os/kernel';
import {
  TaskEndedError,
  UnknownTaskError,
  type Outcome,
  type Task,
  type TaskContext,
  type TasksService,
} from '@371os/plugin-tasks';
import type { Approval, Approvals } from '@371os/plugin-treasury';
import { hasLeft, type AgentPlacement, type AgentRecord } from '../domain/agent-record.ts';
import { statesBefore, type AgentState } from '../domain/agent-state.ts';
import {
  RETIREMENT_KIND,
  retirementPlanSchema,
  retirementSummary,
  type RetirementPlan,
} from '../domain/creation-plan.ts';
import {
  AgentNotReadyError,
  AgentStateError,
  FormerLifeError,
  FrontDeskStaysError,
  UnknownLifeError,
} from '../errors/lives.ts';
import type { AgentRunner } from '../ports/agent-runner.ts';
import type { Closed, Hosting } from '../ports/hosting.ts';
import type { IdentityBook } from '../ports/identity-book.ts';
import { findAgent, isHeld, moveAgent, noteAgent } from '../store/agent-store.ts';
import type { Database } from '../store/database.ts';
import { leaveRooms } from '../store/room-store.ts';
import { lifeKey, LIFECYCLE_WORKER, type Asked } from './agent-work.ts';
import { drained } from './drained.ts';
import type { Snapshots } from './snapshots.ts';
import { waitUntil } from './wait-until.ts';

export interface RetirementsComponents {
  readonly database: Database;
  readonly tasks: TasksService;
  readonly approvals: Approvals;
  readonly identities: IdentityBook;
  readonly hosting: Hosting;
  readonly runner: AgentRunner;
  readonly snapshots: Snapshots;
  /** Gives an agent no more work; what ends that is returned. */
  readonly rest: (agent: string) => () => void;
  /** This process. */
  readonly host: string;
  /** Closes the places that a hosted agent has beside the one that it was made with. */
  readonly closeInstances: (agent: AgentRecord, signal: AbortSignal) => Promise<void>;
  /** Takes an agent that was hosted elsewhere from among those that get tasks. */
  readonly onGone: (agent: AgentRecord) => void;
  readonly drainMs: number;
  /** The agent that all of this runs in. */
  readonly frontDeskId: string;
}

const RETIREMENT_TIMEOUT_MS = 3_600_000;
const MOST_ATTEMPTS = 10;
const TRIES_TO_SAVE = 3;
// A creation that is stopped takes back what it did, on chain too.
const STOPPED_CREATION_MS = 900_000;
const HALT_MS = 30_000;
// One that has stopped with its host would start again with it.
const TO_BE_ENDED: readonly AgentState[] = [...statesBefore('draining'), 'stopped'];

/** How agents end: drained, saved, stopped, closed, deregistered, with nothing left over. */
export class Retirements {
  readonly #components: RetirementsComponents;
  /** Agents that get no more work, and what gives them some again. */
  readonly #resting = new Map<string, () => void>();

  constructor(components: RetirementsComponents) {
    this.#components = components;
  }

  /** Has a retirement wait for a person's word; asked for again, it is the same one. */
  async ask(agent: AgentRecord, cause: string, asked: Asked): Promise<Approval> {
    const { approvals } = this.#components;
    const { id: agentId, name, state } = agent;
    if (agentId === this.#components.frontDeskId)
      throw new FrontDeskStaysError({ name, wish: 'retired' });
    if (hasLeft(agent)) throw new AgentStateError({ name, state, wish: 'retired' });
    // What is still being made has not begun the generation that it is to have.
    const generation = Math.max(agent.generation, agent.plan?.generation ?? 0);
    const plan: RetirementPlan = { version: 1, agentId, generation, name, cause };
    const waiting = (await approvals.pending()).find((one) => isFor(one, agent));
    if (waiting) return waiting;
    const summary = retirementSummary(plan);
    return approvals.request({ kind: RETIREMENT_KIND, plan, summary, amountPico: 0n, ...asked });
  }

  /** Begins what was approved; two approvals of one end are one. */
  async begin({ id, plan, digest, requester, room }: Approval): Promise<Task> {
    const parsed = retirementPlanSchema.parse(plan);
    const { agentId, name } = parsed;
    if (isFormer(parsed, await this.#get(agentId))) throw new FormerLifeError({ name });
    const task = await this.#submit(parsed, { requesterId: requester, roomId: room ?? '' });
    await this.#components.approvals.consume(id, digest);
    return task;
  }

  /** Retires an agent by policy, which stands for the approval. */
  async retire(agent: AgentRecord, cause: string): Promise<Task> {
    const { id: agentId, generation, name, roomId } = agent;
    const plan: RetirementPlan = { version: 1, agentId, generation, name, cause };
    return this.#submit(plan, { requesterId: SYSTEM.id, roomId });
  }

  /** Does the tasks that {@link begin} and {@link retire} submit. */
  async perform(
    { agentId, cause, key }: { agentId: string; cause: string; key: string },
    context: TaskContext,
  ): Promise<Outcome> {
    const agent = await this.#whenMade(agentId, context);
    if (hasLeft(agent)) return ended(agent, 'It had ended before.');
    await this.#drain(agent, cause, context);
    const saved = await context.step('save', () => this.#save(agent, context));
    await this.#halt(agent, context);
    const refund = await context.step('close', () => this.#close(agent, context));
    await context.step('deregister', () => this.#deregister(agent, key, context));
    await context.step('tidy', () => this.#tidy(agent));
    const { database } = this.#components;
    const details = [`Kept: ${saved}.`, refund].join(' ').trim();
    await moveAgent(database, agentId, { to: 'stopped', cause: `${cause}. ${details}` });
    // Another agent may have its name from now on.
    this.#resting.get(agentId)?.();
    this.#resting.delete(agentId);
    return ended(await this.#get(agentId), details);
  }

  async #submit(
    { agentId, generation, name, cause }: RetirementPlan,
    { requesterId, roomId }: { requesterId: string; roomId: string },
  ): Promise<Task> {
    const { tasks, database } = this.#components;
    await noteAgent(database, agentId, { retireWish: cause });
    const key = lifeKey({ id: agentId, generation });
    return tasks.submit({
      ...{ agent: LIFECYCLE_WORKER, roomId, isConfidential: false },
      ...{ timeoutMs: RETIREMENT_TIMEOUT_MS, maxAttempts: MOST_ATTEMPTS },
      text: `Retire the agent ${name}`,
      requester: { id: requesterId, role: 'admin' },
      idempotencyKey: `lifecycle/retire/${key}`,
      data: { work: 'retire', key, agentId, generation, cause },
    });
  }

  // --- steps

  // One that is being made is stopped by the wish to end it, and takes itself back.
  async #whenMade(agentId: string, { signal }: TaskContext): Promise<AgentRecord> {
    const made = await waitUntil(
      async () => {
        const agent = await this.#get(agentId);
        return agent.state === 'creating' || agent.state === 'initialising' ? undefined : agent;
      },
      { timeoutMs: STOPPED_CREATION_MS, signal },
    );
    if (made) return made;
    const { name } = await this.#get(agentId);
    throw new AgentNotReadyError({ name, waitedMs: STOPPED_CREATION_MS });
  }

  async #drain(agent: AgentRecord, cause: string, { signal }: TaskContext): Promise<void> {
    const { database, tasks, drainMs } = this.#components;
    const { id, name, state } = agent;
    // Repeated after a crash, it drains already.
    if (state !== 'draining')
      await moveAgent(database, id, { to: 'draining', cause, from: TO_BE_ENDED });
    this.#rest(agent);
    await drained(tasks, [name], { timeoutMs: drainMs, signal });
  }

  #rest({ id, name }: AgentRecord): void {
    if (!this.#resting.has(id)) this.#resting.set(id, this.#components.rest(name));
  }

  // One whose place is gone cannot say any more what it knew, and must not be paid for because of that.
  async #save(agent: AgentRecord, { attempt }: TaskContext): Promise<string> {
    if (agent.hosting === 'akash' && !agent.placement)
      return 'what it knew when its last instance was closed';
    try {
      return await this.#components.snapshots.take(agent);
    } catch (error) {
      if (attempt < TRIES_TO_SAVE || agent.hosting === 'in-process') throw error;
      return 'nothing, since it does not answer';
    }
  }

  // In another process it stops itself when it sees that it is to drain.
  async #halt(agent: AgentRecord, { signal }: TaskContext): Promise<void> {
    const { database, runner, host, onGone } = this.#components;
    if (agent.hosting !== 'in-process') {
      onGone(agent);
      return;
    }
    await runner.stop(agent.id);
    if (agent.host === undefined || agent.host === host) return;
    // One that has died never stops; its tasks are fenced, and what is paid for it must end.
    const hasHalted = async (): Promise<true | undefined> => {
      const isRunning = (await this.#get(agent.id)).host !== undefined;
      return isRunning && (await isHeld(database, agent.name)) ? undefined : true;
    };
    await waitUntil(hasHalted, { timeoutMs: HALT_MS, signal });
  }

  async #close(agent: AgentRecord, { signal }: TaskContext): Promise<string> {
    const { id, placement } = agent;
    const { hosting, database, closeInstances } = this.#components;
    // The first place before the others: once a row of it is closed, nobody hears what came back.
    const closed = placement && (await hosting.close(placement.deploymentId, { signal }));
    if (placement) await noteAgent(database, id, { placement: null });
    await closeInstances(agent, signal);
    return placement ? closedWords(placement, closed) : '';
  }

  async #deregister(agent: AgentRecord, key: string, { signal }: TaskContext): Promise<string> {
    const { identities, database } = this.#components;
    const { requesterId, id } = agent;
    const registration = await identities.retire(id, {
      ...{ key: `lifecycle-${key}-retire`, requesterId, signal },
    });
    if (registration) await noteAgent(database, id, { registration });
    return registration?.transactionHash ?? '';
  }

  async #tidy(agent: AgentRecord): Promise<number> {
    await leaveRooms(this.#components.database, agent.id);
    return this.cancelTasksOf(agent);
  }

  /** Cancels what is still open for an agent that has ended; returns how many tasks that was. */
  async cancelTasksOf({ name }: Pick<AgentRecord, 'name'>): Promise<number> {
    const { snapshots, tasks } = this.#components;
    const open = await snapshots.openTasks(name);
    for (const { id } of open)
      await tasks.cancel(id, SYSTEM).catch((error: unknown) => {
        if (!(error instanceof UnknownTaskError || error instanceof TaskEndedError)) throw error;
      });
    return open.length;
  }

  async #get(id: string): Promise<AgentRecord> {
    const agent = await findAgent(this.#components.database, id);
    if (!agent) throw new UnknownLifeError({ name: id, known: [] });
    return agent;
  }
}

function isFor({ kind, plan }: Approval, agent: AgentRecord): boolean {
  const { data } = retirementPlanSchema.safeParse(plan);
  return kind === RETIREMENT_KIND && data?.agentId === agent.id && !isFormer(data, agent);
}

// An agent that was brought back since lives again by a plan of its own.
function isFormer({ generation }: RetirementPlan, { plan }: AgentRecord): boolean {
  return generation < (plan?.generation ?? 0);
}

function closedWords({ dseq }: AgentPlacement, closed: Closed | undefined): string {
  const { refundedUact } = closed ?? {};
  return refundedUact === undefined
    ? `Its deployment ${dseq} was closed before.`
    : `Its deployment ${dseq} is closed; ${String(refundedUact)} uact of its deposit came back.`;
}

function ended({ name, registration }: AgentRecord, more: string): Outcome {
  const status = registration ? ' The registry says that it is inactive.' : '';
  return { state: 'COMPLETED', answer: `${name} has ended. ${more}${status}` };
}
