import {
  hasRole,
  NotPermittedError,
  requireRole,
  type PicoUsd,
  type Principal,
} from '@371os/kernel';
import { hasEnded, type Task, type TasksService } from '@371os/plugin-tasks';
import type { Approval, Approvals, CarriedOut } from '@371os/plugin-treasury';
import type { AgentRecord, Transition } from '../domain/agent-record.ts';
import type { CreationPlan } from '../domain/creation-plan.ts';
import { describeLife } from '../domain/life-words.ts';
import type { Performance } from '../domain/performance.ts';
import { CreationFailedError, UnknownLifeError } from '../errors/lives.ts';
import { findAgent, findAgentNamed, listAgents, readJournal } from '../store/agent-store.ts';
import type { Database } from '../store/database.ts';
import type { AgentLogs } from '../ports/agent-logs.ts';
import type { MeasuredAgent } from './agent-metrics.ts';
import type { Asked } from './agent-work.ts';
import type { Creations, PlannedCreation } from './creations.ts';
import type { HostedRestarts } from './hosted-restarts.ts';
import type { Restarts } from './restarts.ts';
import type { Retirements } from './retirements.ts';
import type { TrackRecord } from './track-record.ts';
import { waitUntil } from './wait-until.ts';

export interface LifeDeskComponents {
  readonly database: Database;
  readonly tasks: TasksService;
  readonly approvals: Approvals;
  readonly creations: Creations;
  readonly retirements: Retirements;
  readonly restarts: Restarts;
  readonly hostedRestarts: HostedRestarts;
  readonly records: TrackRecord;
  readonly logs: AgentLogs;
  /** Waits for a task as long as somebody would who asks for a change. */
  readonly outcomeOf: (task: Task) => Promise<Task>;
  /** Up to which amount the owner's own request over REST needs no second word. */
  readonly approvalAbovePico: PicoUsd;
}

/** What becomes of a request: it waits for a word, or it is being done. */
export interface Decided {
  readonly agent: AgentRecord | undefined;
  readonly agentId: string;
  /** The generation that this life of it begins with; undefined for a launched one. */
  readonly beganWith: number | undefined;
  readonly approval: Approval;
  readonly isBegun: boolean;
  /** For the person who decides, a line each. */
  readonly lines: readonly string[];
}

/** What becomes of the wish to have an agent restarted. */
export interface Restarted {
  readonly agent: AgentRecord;
  /** What goes on with it, where it takes its time. */
  readonly task: Task | undefined;
}

/** An agent with how it does. */
export interface AgentStatus {
  readonly agent: AgentRecord;
  readonly performance: Performance;
  readonly journal: readonly Transition[];
}

// Names, roles and ids are no longer; a zero byte would be refused by the database.
const POSSIBLE = /^\P{Cc}{1,64}$/u;
// Many creations at once wait for each other.
const ENTERED_MS = 5_000;

/** Where people and programs ask for agents to begin, go on and end. */
export class LifeDesk {
  /** Approvals that are granted by whoever asks, who waits for the beginning alone, and their tasks. */
  readonly #unwaited = new Map<string, Task | undefined>();
  readonly #components: LifeDeskComponents;

  constructor(components: LifeDeskComponents) {
    this.#components = components;
  }

  /**
   * Plans an agent and has the plan wait for the owner's word; what the owner asks for in a request
   * of their own is begun at once while it costs no more than a set amount.
   * @param mayBeginAtOnce whether the request is the owner's own hand, which a chat never is
   */
  async create(raw: unknown, asked: Asked, mayBeginAtOnce: boolean): Promise<Decided> {
    requireRole(asked.requester, 'admin', 'have agents created');
    const { creations, approvals } = this.#components;
    const planned = await creations.plan(raw);
    const approval = await creations.ask(planned, asked);
    const { plan, lines } = planned;
    const { agentId, generation: beganWith } = plan;
    const planOnly = { approval, isBegun: false, agentId, beganWith, agent: undefined, lines };
    if (!mayBeginAtOnce || !this.#needsNoSecondWord(planned, asked)) return planOnly;
    const task = await this.#beginAtOnce(approval, asked.requester);
    const agent = await this.#entered(plan, task);
    return { ...planOnly, isBegun: true, agent, approval: await approvals.get(approval.id) };
  }

  /** Has the end of an agent wait for the owner's word. @throws UnknownLifeError, AgentStateError */
  async retire(name: string, cause: string | undefined, asked: Asked): Promise<Decided> {
    requireRole(asked.requester, 'admin', 'have agents retired');
    const agent = await this.find(name);
    const why = cause ?? `${asked.requester.id} asked for it`;
    const approval = await this.#components.retirements.ask(agent, why, asked);
    const lines = [
      '- its tasks are finished or kept, and what it knows is saved: it can be brought back',
      ...(agent.placement ? ['- its deployment is closed'] : []),
      ...(agent.registration ? ['- the registry says that it is inactive'] : []),
    ];
    const beganWith = agent.plan?.generation;
    return { approval, isBegun: false, agentId: agent.id, beganWith, agent, lines };
  }

  /**
   * Has an agent begin again. One of this process is ready then; for one on Akash it is begun, and its
   * task does the rest.
   * @throws UnknownLifeError, AgentStateError, AgentNotReadyError
   */
  async restart(name: string, asked: Asked): Promise<Restarted> {
    requireRole(asked.requester, 'admin', 'restart agents');
    const { restarts, hostedRestarts } = this.#components;
    const agent = await this.find(name);
    const cause = `${asked.requester.id} asked for it`;
    if (agent.hosting === 'in-process')
      return { agent: await restarts.restart(agent, cause), task: undefined };
    const task = await hostedRestarts.begin(agent, cause, asked);
    return { agent: await this.find(agent.id), task };
  }

  /** The same, and what came of it or that it goes on, in words. */
  async restartInWords(name: string, asked: Asked): Promise<string> {
    const { agent, task } = await this.restart(name, asked);
    return task
      ? outcomeWords(await this.#components.outcomeOf(task), task.text)
      : `${describeLife(agent)} again.`;
  }

  /** @throws UnknownLifeError */
  async status(name: string, by: Principal): Promise<AgentStatus> {
    if (!hasRole(by, 'admin'))
      throw new NotPermittedError({ what: 'look into agents', needed: 'admin' });
    const { database, records } = this.#components;
    const agent = await this.find(name);
    const [performance, journal] = await Promise.all([
      records.of(agent.name),
      readJournal(database, agent.id),
    ]);
    return { agent, performance, journal };
  }

  /** The agents that live, with how they have done their tasks. */
  async measured(): Promise<MeasuredAgent[]> {
    const { records } = this.#components;
    const living = await this.list();
    return Promise.all(
      living.map(async (agent) => ({ agent, performance: await records.of(agent.name) })),
    );
  }

  /** Agents by name; those that have ended only when they are asked for. */
  async list(which: { isOverToo?: boolean } = {}): Promise<AgentRecord[]> {
    return listAgents(this.#components.database, which);
  }

  /** An agent by its name, its id or, while it lives, its role. @throws UnknownLifeError */
  async find(named: string): Promise<AgentRecord> {
    const { database } = this.#components;
    const wanted = named.trim();
    if (!POSSIBLE.test(wanted)) throw new UnknownLifeError({ name: wanted, known: [] });
    const found = (await findAgentNamed(database, wanted)) ?? (await findAgent(database, wanted));
    if (found) return found;
    const living = await this.list();
    const holder = living.find(({ role }) => role.toLowerCase() === wanted.toLowerCase());
    if (holder) return holder;
    throw new UnknownLifeError({ name: wanted, known: living.map(({ name }) => name) });
  }

  /** The newest lines that an agent has logged, oldest first. @throws UnknownLifeError */
  async logs(named: string, lines: number): Promise<readonly string[]> {
    const { logs } = this.#components;
    return logs.newest(await this.find(named), lines);
  }

  /** Begins what was approved, and returns what came of it, or that it goes on. */
  async carryOut(kind: 'create' | 'retire', approval: Approval): Promise<CarriedOut> {
    const { creations, retirements, outcomeOf } = this.#components;
    const work = kind === 'create' ? creations : retirements;
    const task = await work.begin(approval);
    const isWaitedFor = !this.#unwaited.has(approval.id);
    if (!isWaitedFor) this.#unwaited.set(approval.id, task);
    const now = isWaitedFor ? await outcomeOf(task) : task;
    return { text: outcomeWords(now, approval.summary), state: now.state, task: now.id };
  }

  async #beginAtOnce({ id }: Approval, principal: Principal): Promise<Task | undefined> {
    this.#unwaited.set(id, undefined);
    try {
      await this.#components.approvals.grant(id, { principal });
      return this.#unwaited.get(id);
    } finally {
      this.#unwaited.delete(id);
    }
  }

  // It is there once its creation has begun, unless somebody else has its name by then.
  async #entered(
    { agentId, generation }: CreationPlan,
    task: Task | undefined,
  ): Promise<AgentRecord | undefined> {
    const { database, tasks } = this.#components;
    return waitUntil(
      async () => {
        const agent = await findAgent(database, agentId);
        if (agent?.plan?.generation === generation) return agent;
        const { state, answer } = task ? await tasks.get(task.id) : {};
        if (state === 'FAILED') throw new CreationFailedError({ why: answer ?? '' });
        return undefined;
      },
      { timeoutMs: ENTERED_MS },
    );
  }

  // What has no known price is dearer than any amount.
  #needsNoSecondWord({ worstPico, isPriced }: PlannedCreation, { requester }: Asked): boolean {
    const isCheap = isPriced && worstPico <= this.#components.approvalAbovePico;
    return isCheap && hasRole(requester, 'owner');
  }
}

/** What is said of a task that may go on. */
function outcomeWords(task: Task, what: string): string {
  return hasEnded(task.state)
    ? task.answer
    : `${what}: begun, and it goes on. I say here when it has ended.`;
}
