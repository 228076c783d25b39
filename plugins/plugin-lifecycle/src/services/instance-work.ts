import type { Outcome, Task, TaskContext, TasksService } from '@371os/plugin-tasks';
import { z } from 'zod';
import { goesOn, type AgentRecord } from '../domain/agent-record.ts';
import { planForInstance } from '../domain/hosted-environment.ts';
import { openingKey, type HostedInstance } from '../domain/hosted-instance.ts';
import { replicaName } from '../domain/presence.ts';
import { InstanceUnwantedError } from '../errors/lives.ts';
import { HostingFailedError } from '../errors/hosting.ts';
import type { AssignmentBook } from '../ports/assignment-book.ts';
import type { HostedAgent, Hosting, Place } from '../ports/hosting.ts';
import { findAgent, listAgents, noteAgent } from '../store/agent-store.ts';
import type { Database } from '../store/database.ts';
import { listHostedInstances, noteClosed, noteOpened } from '../store/hosted-store.ts';
import {
  CLOSING_WORKER,
  OPENING_WORKER,
  placesOf,
  type HostedInstances,
} from './hosted-instances.ts';
import { placementOf } from './placement-of.ts';
import type { Snapshots } from './snapshots.ts';
import { waitUntil } from './wait-until.ts';

/** The company's stand-in for its hosted agents, as far as their places go. */
export interface StandIn {
  open(agent: string, index: number, deploymentId: string): void;
  /** Nothing new for that place. */
  rest(agent: string, index: number): void;
  /** How many tasks this process waits for there. */
  running(agent: string, index: number): number;
  /** What it works on is ended there, and given to others. */
  withdraw(agent: string, index: number): Promise<void>;
}

export interface InstanceWorkComponents {
  readonly database: Database;
  readonly tasks: Pick<TasksService, 'work' | 'list' | 'settings'>;
  readonly hosting: Hosting;
  readonly hosted: StandIn;
  readonly book: AssignmentBook;
  readonly instances: HostedInstances;
  readonly snapshots: Pick<Snapshots, 'takeAt' | 'giveBack'>;
  readonly log: (problem: string, error: unknown) => void;
}

const about = z.object({ agentId: z.string(), index: z.number(), turn: z.number() });
type About = z.output<typeof about>;

const CONCURRENCY = 8;
const LOOK_EVERY_MS = 1_000;
const MOST_TASKS = 1_000;
const TRIES_TO_SAVE = 3;
const LEFT_OVER_DRAIN_MS = 0;
/** What a task takes until it is given out again, once its lease is over. */
const AGAIN_MS = 20_000;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 1_800_000;

/** Opens and closes the places of hosted agents, and goes on with that after a crash. */
export class InstanceWork {
  readonly #components: InstanceWorkComponents;

  constructor(components: InstanceWorkComponents) {
    this.#components = components;
  }

  /** Takes up the work that is there, and what comes. */
  async start(): Promise<void> {
    const { tasks } = this.#components;
    const options = { concurrency: CONCURRENCY };
    await this.#admitAll();
    await tasks.work(OPENING_WORKER, (task, context) => this.#open(task, context), options);
    await tasks.work(CLOSING_WORKER, (task, context) => this.#close(task, context), options);
    await this.goOn();
  }

  /** Goes on with what has no task any more, and ends what nobody needs. */
  async goOn(): Promise<void> {
    const { database, instances, hosting, log } = this.#components;
    for (const one of await listHostedInstances(database)) {
      const { agentId, state, deploymentId } = one;
      if (state === 'closed') continue;
      const agent = await findAgent(database, agentId);
      if (!agent) continue;
      try {
        if (state === 'ready' && !isNeeded(agent, one))
          await instances.end(one, agent, LEFT_OVER_DRAIN_MS);
        else if (state !== 'ready') await instances.submit(one, agent);
        // It could not be placed anew after a loss, or somebody closed it.
        else if (deploymentId && (await hosting.find(deploymentId)) === undefined)
          await this.#noteGone(agent, one);
      } catch (error) {
        log(`an instance of ${agent.name} could not be looked after`, error);
      }
    }
  }

  /** Closes all that an agent has opened beside its creation, as part of its end. */
  async closeAll({ id }: Pick<AgentRecord, 'id'>, signal: AbortSignal): Promise<void> {
    const { database } = this.#components;
    for (const one of await listHostedInstances(database, id)) {
      if (one.state === 'closed') continue;
      await this.#closeLease(one, signal);
      await noteClosed(database, one);
    }
  }

  // As they were before this process began.
  async #admitAll(): Promise<void> {
    const { database, hosted } = this.#components;
    const rows = await listHostedInstances(database);
    for (const agent of await listAgents(database)) {
      const own = rows.filter(({ agentId }) => agentId === agent.id);
      for (const { index, deploymentId, state } of placesOf(agent, own)) {
        if (deploymentId === undefined) continue;
        hosted.open(agent.name, index, deploymentId);
        if (state === 'draining') hosted.rest(agent.name, index);
      }
    }
  }

  // --- opening

  // Whatever keeps it from being ready, what was begun of it is closed again, by its key.
  async #open({ data }: Task, { signal }: TaskContext): Promise<Outcome> {
    const asked = about.parse(data);
    const one = await this.#row(asked);
    const agent = await findAgent(this.#components.database, asked.agentId);
    if (!agent || !one || !isWanted(agent, one)) return this.#takeBack(asked, signal);
    try {
      const place = await this.#whileWanted(asked, signal, (wanted) =>
        this.#provision(agent, one, wanted),
      );
      return (await this.#admit(agent, one, place)) ?? (await this.#takeBack(asked, signal));
    } catch (error) {
      if (error instanceof InstanceUnwantedError) return this.#takeBack(asked, signal);
      if (error instanceof HostingFailedError) return this.#fail(one, error.message, signal);
      throw error;
    }
  }

  async #provision(
    { id, name, plan, requesterId }: AgentRecord,
    one: HostedInstance,
    signal: AbortSignal,
  ): Promise<Place> {
    const { generation, index: instance } = one;
    const hosted: HostedAgent = {
      ...{ id, name, generation, instance },
      character: plan?.character as HostedAgent['character'],
    };
    return this.#components.hosting.provision(
      hosted,
      planForInstance(plan?.hosting as never, hosted),
      { key: openingKey(one), requesterId, roomId: '', signal },
    );
  }

  // Undefined when it was to end meanwhile.
  async #admit(
    agent: AgentRecord,
    one: HostedInstance,
    place: Place,
  ): Promise<Outcome | undefined> {
    const { database, hosted, snapshots } = this.#components;
    const { index } = one;
    if (index === 0) {
      const placement = placementOf(place);
      await noteAgent(database, agent.id, { placement });
      await snapshots.giveBack({ ...agent, placement });
    }
    if (!(await noteOpened(database, one, place.deploymentId))) return undefined;
    hosted.open(agent.name, index, place.deploymentId);
    const answer = `${replicaName(agent.name, index)} runs at ${place.endpoint}.`;
    return { state: 'COMPLETED', answer };
  }

  async #whileWanted<Result>(
    asked: About,
    signal: AbortSignal,
    work: (wanted: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const unwanted = new AbortController();
    const look = async (): Promise<void> => {
      const agent = await findAgent(this.#components.database, asked.agentId);
      const one = await this.#row(asked);
      if (!agent || !one || !isWanted(agent, one)) unwanted.abort(new InstanceUnwantedError());
    };
    const timer = setInterval(() => {
      look().catch((error: unknown) => {
        this.#components.log('it is not known whether an instance is wanted', error);
      });
    }, LOOK_EVERY_MS);
    try {
      return await work(AbortSignal.any([signal, unwanted.signal]));
    } finally {
      clearInterval(timer);
    }
  }

  async #takeBack(asked: About, signal: AbortSignal): Promise<Outcome> {
    const agent = await findAgent(this.#components.database, asked.agentId);
    const one = await this.#row(asked);
    // Of an earlier turn only the lease could be left.
    const { generation = 0 } = one ?? agent ?? {};
    await this.#closeLease(one ?? { ...asked, generation, deploymentId: undefined }, signal);
    if (one) await noteClosed(this.#components.database, one);
    return { state: 'COMPLETED', answer: 'The instance was not wanted any more.' };
  }

  async #fail(one: HostedInstance, failure: string, signal: AbortSignal): Promise<Outcome> {
    await this.#closeLease(one, signal);
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** one.failures);
    await noteClosed(this.#components.database, one, { failure, waitMs });
    return { state: 'FAILED', answer: failure };
  }

  // --- closing

  async #close({ data }: Task, context: TaskContext): Promise<Outcome> {
    const { database, hosted } = this.#components;
    const one = await this.#row(about.parse(data));
    const agent = one && (await findAgent(database, one.agentId));
    if (!agent || one.state !== 'draining')
      return { state: 'COMPLETED', answer: 'The instance was closed before.' };
    const { signal } = context;
    hosted.rest(agent.name, one.index);
    const timeoutMs = Math.max(0, one.drainLeftMs);
    await waitUntil(() => this.#isIdle(agent, one), { timeoutMs, signal });
    await this.#inHand(agent, one, signal);
    await hosted.withdraw(agent.name, one.index);
    const saved = await context.step('save', () => this.#save(agent, one, context));
    const refund = await this.#closeLease(one, signal);
    if (one.index === 0) await noteAgent(database, agent.id, { placement: null });
    await noteClosed(database, one);
    const answer = `${replicaName(agent.name, one.index)} is closed. ${refund} ${saved}`;
    return { state: 'COMPLETED', answer: answer.trim() };
  }

  async #isIdle(agent: AgentRecord, one: HostedInstance): Promise<true | undefined> {
    return (await this.#countOpen(agent, one)) === 0 ? true : undefined;
  }

  // What a process that died had given to it is asked for again, and may have ended there meanwhile:
  // whoever took the lease away before would have it done twice.
  async #inHand(agent: AgentRecord, one: HostedInstance, signal: AbortSignal): Promise<void> {
    const { hosted, tasks } = this.#components;
    const timeoutMs = tasks.settings.TASKS_LEASE_SECONDS * 1_000 + AGAIN_MS;
    const isAsked = async (): Promise<true | undefined> => {
      const open = await this.#countOpen(agent, one);
      return open <= hosted.running(agent.name, one.index) ? true : undefined;
    };
    await waitUntil(isAsked, { timeoutMs, signal });
  }

  async #countOpen({ name: agent }: AgentRecord, one: HostedInstance): Promise<number> {
    const { tasks, book } = this.#components;
    const open = await tasks.list({ agent, states: ['SUBMITTED', 'WORKING'], limit: MOST_TASKS });
    const assigned = await book.find(open.map(({ id }) => id));
    return assigned.filter(({ deploymentId }) => deploymentId === one.deploymentId).length;
  }

  // What the first place knows is what the agent knows; it comes back with the next one there.
  async #save(agent: AgentRecord, { index, turn }: HostedInstance, context: TaskContext) {
    if (index > 0) return '';
    try {
      return `Kept: ${await this.#components.snapshots.takeAt(agent, turn)}.`;
    } catch (error) {
      if (context.attempt < TRIES_TO_SAVE) throw error;
      return 'Nothing was kept of what it knew, since it does not answer.';
    }
  }

  async #closeLease(
    one: Pick<HostedInstance, 'agentId' | 'generation' | 'index' | 'turn' | 'deploymentId'>,
    signal: AbortSignal,
  ): Promise<string> {
    const { hosting } = this.#components;
    const deploymentId = one.deploymentId ?? (await hosting.deploymentOf(openingKey(one)));
    const closed =
      deploymentId === undefined ? undefined : await hosting.close(deploymentId, { signal });
    return closed?.refundedUact === undefined
      ? ''
      : `${String(closed.refundedUact)} uact of its deposit came back.`;
  }

  async #noteGone({ name }: AgentRecord, one: HostedInstance): Promise<void> {
    const failure = `${replicaName(name, one.index)} was lost and could not be placed anew.`;
    void this.#components.hosted.withdraw(name, one.index);
    await noteClosed(this.#components.database, one, { failure, waitMs: FIRST_WAIT_MS });
  }

  async #row({ agentId, index, turn }: About): Promise<HostedInstance | undefined> {
    const rows = await listHostedInstances(this.#components.database, agentId);
    return rows.find((row) => row.index === index && row.turn === turn);
  }
}

// Of another generation it is nobody's.
function isNeeded(agent: AgentRecord, { generation }: HostedInstance): boolean {
  return goesOn(agent) && agent.generation === generation;
}

function isWanted(agent: AgentRecord, one: HostedInstance): boolean {
  return isNeeded(agent, one) && (one.state === 'opening' || one.state === 'ready');
}
