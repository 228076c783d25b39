import { SYSTEM } from '@371os/kernel';
import {
  hasEnded,
  type Outcome,
  type Task,
  type TaskContext,
  type TasksService,
} from '@371os/plugin-tasks';
import { goesOn, type AgentRecord } from '../domain/agent-record.ts';
import { isWorking } from '../domain/agent-state.ts';
import { describeLife } from '../domain/life-words.ts';
import { AgentStateError, RestartUnfinishedError, UnknownLifeError } from '../errors/lives.ts';
import {
  findAgent,
  listRestarting,
  moveAgent,
  noteAgent,
  readJournal,
} from '../store/agent-store.ts';
import type { Database } from '../store/database.ts';
import { beginOpening, listHostedInstances } from '../store/hosted-store.ts';
import type { Addresses } from './addresses.ts';
import { LIFECYCLE_WORKER, type Asked } from './agent-work.ts';
import { placesOf, type HostedInstances } from './hosted-instances.ts';
import { waitUntil } from './wait-until.ts';

export interface HostedRestartsComponents {
  readonly database: Database;
  readonly tasks: Pick<TasksService, 'submit'>;
  readonly instances: Pick<HostedInstances, 'end' | 'submit'>;
  readonly addresses: Pick<Addresses, 'keep'>;
  readonly drainMs: number;
}

const RESTART_TIMEOUT_MS = 3_600_000;
const MOST_ATTEMPTS = 10;
const CLOSED_MS = 900_000;
const OPENED_MS = 2_400_000;
const ANNOUNCED_MS = 600_000;
const LOOK_EVERY_MS = 500;

/**
 * Has hosted agents begin again: all places that one works in are emptied, saved and closed, and only
 * then its first one is opened anew, under the plan that was approved for it. What is to be done next
 * stands in the rows of the agent and its places, so it goes on after a crash, until the agent is ready
 * or somebody has it retired.
 */
export class HostedRestarts {
  readonly #components: HostedRestartsComponents;

  constructor(components: HostedRestartsComponents) {
    this.#components = components;
  }

  /** Has an agent drain, and returns the task that does the rest. @throws AgentStateError */
  async begin(
    { id, name, generation }: AgentRecord,
    cause: string,
    { requester, room = '' }: Asked,
  ): Promise<Task> {
    const draining = await moveAgent(this.#components.database, id, {
      ...{ to: 'draining', from: ['ready', 'busy'], cause, generation, unlessUnwanted: true },
    });
    if (draining) return this.#submit(draining, { requesterId: requester.id, roomId: room });
    const { state, retireWish } = await this.#get(id);
    const now = retireWish === undefined ? state : 'being retired';
    throw new AgentStateError({ name, state: now, wish: 'restarted' });
  }

  /** Goes on with what has no task any more. */
  async goOn(): Promise<void> {
    for (const agent of await listRestarting(this.#components.database))
      await this.#submit(agent, { requesterId: SYSTEM.id, roomId: '' });
  }

  /** Does the tasks that {@link begin} and {@link goOn} submit. */
  async perform({ agentId }: { agentId: string }, context: TaskContext): Promise<Outcome> {
    const { database } = this.#components;
    const { signal } = context;
    const before = await this.#get(agentId);
    if (before.state === 'draining') await this.#close(before, signal);
    await this.#open(before, signal);
    const agent = await this.#get(agentId);
    if (!isWorking(agent.state))
      return {
        state: 'FAILED',
        answer: `${agent.name} is ${agent.state}: somebody has it retired.`,
      };
    await context.step('announce', () => this.#announce(agent, signal));
    await noteAgent(database, agentId, { progress: '' });
    return { state: 'COMPLETED', answer: `${describeLife({ ...agent, progress: '' })} again.` };
  }

  async #submit(
    { id, name }: AgentRecord,
    { requesterId, roomId }: { requesterId: string; roomId: string },
  ): Promise<Task> {
    const { database, tasks } = this.#components;
    const journal = await readJournal(database, id);
    const { number = 0 } = journal.findLast(({ to }) => to === 'draining') ?? {};
    for (let round = 1; ; round += 1) {
      const task = await tasks.submit({
        ...{ agent: LIFECYCLE_WORKER, roomId, isConfidential: false },
        ...{ timeoutMs: RESTART_TIMEOUT_MS, maxAttempts: MOST_ATTEMPTS },
        text: `Restart the agent ${name}`,
        requester: { id: requesterId, role: 'admin' },
        idempotencyKey: `lifecycle/restart/${id}-${String(number)}/${String(round)}`,
        data: { work: 'restart', agentId: id },
      });
      if (!hasEnded(task.state) || task.state === 'COMPLETED') return task;
    }
  }

  // --- closing

  async #close({ id, name }: AgentRecord, signal: AbortSignal): Promise<void> {
    await this.#say(id, 'its tasks are finished, what it knows is saved, and its place is closed');
    const isEmpty = await waitUntil(() => this.#isEmpty(id), {
      ...{ timeoutMs: CLOSED_MS, everyMs: LOOK_EVERY_MS, signal },
    });
    if (!isEmpty) throw new RestartUnfinishedError({ name, why: 'its place is not closed' });
    await moveAgent(this.#components.database, id, {
      ...{ to: 'initialising', from: ['draining'], cause: 'its place is closed' },
      unlessUnwanted: true,
    });
  }

  async #isEmpty(id: string): Promise<true | undefined> {
    const { database, instances, drainMs } = this.#components;
    const agent = await this.#get(id);
    // Somebody else, or an earlier attempt, has got further.
    if (agent.state !== 'draining') return true;
    const places = placesOf(agent, await listHostedInstances(database, id));
    for (const one of places)
      if (one.state !== 'draining') await instances.end(one, agent, drainMs);
    return places.length === 0 ? true : undefined;
  }

  // --- opening

  async #open({ id, name }: AgentRecord, signal: AbortSignal): Promise<void> {
    const isOpen = await waitUntil(() => this.#isOpen(id), {
      ...{ timeoutMs: OPENED_MS, everyMs: LOOK_EVERY_MS, signal },
    });
    if (!isOpen) throw new RestartUnfinishedError({ name, why: 'it has no new place' });
  }

  async #isOpen(id: string): Promise<true | undefined> {
    const { database } = this.#components;
    const agent = await this.#get(id);
    const { state, retireWish: cause } = agent;
    if (state !== 'initialising') return true;
    if (cause !== undefined)
      // Whoever ends it does not wait for it to be there.
      return (await moveAgent(database, id, { to: 'draining', from: [state], cause })) && true;
    if ((await this.#firstPlace(agent))?.state !== 'ready') return this.#seek(agent);
    const ready = { to: 'ready', from: [state], cause: 'says that it is ready' } as const;
    return (await moveAgent(database, id, { ...ready, unlessUnwanted: true })) && true;
  }

  async #seek(agent: AgentRecord): Promise<undefined> {
    const { database, instances } = this.#components;
    const { id: agentId, generation } = agent;
    const begun = await beginOpening(database, { agentId, generation, index: 0 });
    if (begun) await instances.submit(begun, agent);
    const { failure } = (await this.#firstPlace(agent)) ?? {};
    const seeking = 'looking for a new place on Akash';
    await this.#say(agentId, failure === undefined ? seeking : `${seeking}, since ${failure}`);
  }

  async #firstPlace({ id, generation }: AgentRecord) {
    const rows = await listHostedInstances(this.#components.database, id);
    return rows.find((row) => row.index === 0 && row.generation === generation);
  }

  // --- parts of both

  // One that is lost or retired meanwhile has nothing to say any more.
  async #announce({ id }: AgentRecord, signal: AbortSignal): Promise<string> {
    const announced = await waitUntil(
      async () => {
        const agent = await this.#get(id);
        if (agent.registration?.status !== 'active' || !goesOn(agent)) return '';
        return (await this.#components.addresses.keep(agent))?.transactionHash;
      },
      { timeoutMs: ANNOUNCED_MS, everyMs: LOOK_EVERY_MS, signal },
    );
    return announced ?? '';
  }

  async #say(id: string, progress: string): Promise<void> {
    const { progress: said } = await this.#get(id);
    if (said !== progress) await noteAgent(this.#components.database, id, { progress });
  }

  async #get(id: string): Promise<AgentRecord> {
    const agent = await findAgent(this.#components.database, id);
    if (!agent) throw new UnknownLifeError({ name: id, known: [] });
    return agent;
  }
}
