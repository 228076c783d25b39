import { createHash } from 'node:crypto';
import { explainError, type Principal, type TraceEvent } from '@371os/kernel';
import {
  presentTaskFields,
  UnknownAgentError,
  type RoutedTask,
  type RouterService,
} from '@371os/plugin-router';
import { requireAgent, requireScope, type Access } from '../domain/access/access.ts';
import type { Delegated, Order, TaskView, Terms } from '../domain/agents/delegation.ts';
import { OtherAgentError } from '../errors/access.ts';
import { KeyTakenError, RequestUnknownError, SameAgentTwiceError } from '../errors/agents.ts';
import type { RequestStore } from '../store/request-store.ts';

export type Router = Pick<
  RouterService,
  'ask' | 'decide' | 'findTask' | 'cancelTask' | 'listAgents' | 'lastDecisions'
>;

export interface AgentDeskInit {
  readonly router: () => Promise<Router>;
  readonly requests: RequestStore;
  readonly onError: (error: unknown) => void;
}

/** Told of each task that comes of orders, as soon as there is one. */
export type OnTask = (task: { readonly id: string; readonly agent: string }) => void;

type View = TaskView & Record<string, unknown>;
type ListedAgent = Awaited<ReturnType<RouterService['listAgents']>>[number];
type Decided = Awaited<ReturnType<RouterService['decide']>>[number];
type Decision = Awaited<ReturnType<RouterService['lastDecisions']>>[number];

/** What one order came to. */
interface Outcome {
  readonly agent: string | undefined;
  readonly text: string;
}

interface Running {
  readonly outcome: Promise<string>;
  readonly taskIds: Set<string>;
}

const WORKING = 'It is still being worked on: look again with get_task.';
const NOT_ROUTED = 'It is still being read, and has no task yet: ask again in a moment.';
const DECISIONS_LOOKED_AT = 200;

/** Has the company's agents do what programs ask for, as people have them do it in a chat. */
export class AgentDesk {
  readonly #init: AgentDeskInit;
  // What is being done here now, by the id of its key.
  readonly #running = new Map<string, Running>();

  constructor(init: AgentDeskInit) {
    this.#init = init;
  }

  async list({ agent: own }: Access): Promise<ListedAgent[]> {
    const router = await this.#init.router();
    const agents = await router.listAgents();
    return agents.filter(({ name }) => own === undefined || name === own);
  }

  /**
   * Has one order carried out, and returns what came of it, or how far it is after `waitMs`.
   * @throws UnknownAgentError, OtherAgentError, KeyTakenError, and what the router throws
   */
  async delegate(
    access: Access,
    order: Order,
    terms: Terms,
    onTask: OnTask,
  ): Promise<Delegated<View>> {
    return this.#carryOut(access, [within(access, order)], terms, onTask);
  }

  /**
   * Has agents do a part each, at the same time, and joins what they say.
   * @throws SameAgentTwiceError, UnknownAgentError before any has begun, and what `delegate` throws
   */
  async coordinate(
    access: Access,
    orders: readonly (Order & { readonly agent: string })[],
    terms: Terms,
    onTask: OnTask,
  ): Promise<Delegated<View>> {
    const router = await this.#init.router();
    const agents = await router.listAgents();
    const named = orders.map((order) => ({ ...order, agent: nameOf(order.agent, agents) }));
    for (const [position, { agent }] of named.entries())
      if (named.findIndex((other) => other.agent === agent) !== position)
        throw new SameAgentTwiceError({ agent });
    const allowed = named.map((order) => within(access, order));
    return this.#carryOut(access, allowed, terms, onTask);
  }

  /** @throws UnknownTaskError, AmbiguousTaskError, OtherAgentError */
  async task(access: Access, id: string): Promise<View> {
    return viewOf(await this.#find(access, id));
  }

  /** @throws UnknownTaskError, AmbiguousTaskError, OtherAgentError, TaskEndedError */
  async cancel(access: Access, id: string): Promise<View> {
    const router = await this.#init.router();
    const task = await this.#find(access, id);
    return viewOf(await router.cancelTask(access.principal, task.id));
  }

  /** Where a request would go, and why; nothing is done. @throws OtherAgentError */
  async foresee({ agent: own }: Access, text: string): Promise<Decided[]> {
    // It tells of all agents.
    if (own !== undefined) throw new OtherAgentError({ agent: 'the whole company', own });
    const router = await this.#init.router();
    return router.decide(text);
  }

  /**
   * Why a task went where it went; undefined when that is not known.
   * @throws UnknownTaskError, AmbiguousTaskError, OtherAgentError
   */
  async explain(access: Access, id: string): Promise<Decision | undefined> {
    const router = await this.#init.router();
    const task = await this.#find(access, id);
    const where = { requesterId: task.requester.id };
    const decisions = await router.lastDecisions(where, DECISIONS_LOOKED_AT);
    return decisions.find(({ taskId }) => taskId === task.id);
  }

  async #find(access: Access, id: string): Promise<RoutedTask> {
    const router = await this.#init.router();
    const task = await router.findTask(access.principal, id);
    requireAgent(access, task.agent);
    return task;
  }

  async #carryOut(
    access: Access,
    orders: readonly Order[],
    terms: Terms,
    onTask: OnTask,
  ): Promise<Delegated<View>> {
    requireScope(access, 'agents:run');
    const { principal } = access;
    const { key, waitMs } = terms;
    if (key === undefined)
      return this.#wait(this.#begin(access, orders, terms, onTask), principal, waitMs);
    const id = digestOf([principal.id, key]);
    const digest = digestOf([orders, terms.room]);
    const known = await this.#init.requests.begin(id, digest);
    if (known && known.digest !== digest) throw new KeyTakenError({ key });
    if (known?.hasEnded)
      return {
        state: 'ENDED',
        answer: known.answer,
        tasks: await this.#look(known.taskIds, principal),
      };
    const running = this.#running.get(id);
    if (running) return this.#wait(running, principal, waitMs);
    if (!known) return this.#wait(this.#once(id, access, orders, terms, onTask), principal, waitMs);
    // Somebody else began it, who may be gone: its tasks say how far it is.
    if (known.taskIds.length === 0) throw new RequestUnknownError({ key });
    const tasks = await this.#look(known.taskIds, principal);
    return { state: 'WORKING', answer: joined(tasks), tasks };
  }

  #once(
    id: string,
    access: Access,
    orders: readonly Order[],
    terms: Terms,
    onTask: OnTask,
  ): Running {
    const { requests, onError } = this.#init;
    const notes: Promise<void>[] = [];
    const begun = this.#begin(access, orders, terms, (task) => {
      notes.push(requests.noteTask(id, task.id).catch(onError));
      onTask(task);
    });
    const outcome = begun.outcome
      .then(async (answer) => {
        await Promise.all(notes);
        await requests.end(id, answer);
        return answer;
      })
      .catch(async (error: unknown) => {
        await Promise.all(notes);
        await requests.forget(id);
        throw error;
      })
      .finally(() => this.#running.delete(id));
    const running = { ...begun, outcome };
    this.#running.set(id, running);
    return running;
  }

  #begin(
    { principal }: Access,
    orders: readonly Order[],
    { room, hops, origins }: Terms,
    onTask: OnTask,
  ): Running {
    const taskIds = new Set<string>();
    const onProgress = ({ kind, taskId, agent }: TraceEvent): void => {
      if (kind !== 'submitted') return;
      taskIds.add(String(taskId));
      onTask({ id: String(taskId), agent: String(agent) });
    };
    const asked = orders.map(async ({ text, agent }) => {
      const router = await this.#init.router();
      return router.ask({ text, agent, principal, room, hops, origins, onProgress });
    });
    return { outcome: joinOutcomes(orders, asked), taskIds };
  }

  // The request goes on when nobody waits for it any more; its requester is told in their room.
  async #wait(
    { outcome, taskIds }: Running,
    principal: Principal,
    waitMs: number,
  ): Promise<Delegated<View>> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), waitMs);
    });
    const answer = await Promise.race([outcome, over]).finally(() => {
      clearTimeout(timer);
    });
    if (answer === undefined) outcome.catch(this.#init.onError);
    const tasks = await this.#look([...taskIds], principal);
    if (answer !== undefined) return { state: 'ENDED', answer, tasks };
    return { state: 'WORKING', answer: tasks.length === 0 ? NOT_ROUTED : WORKING, tasks };
  }

  async #look(ids: readonly string[], principal: Principal): Promise<View[]> {
    const router = await this.#init.router();
    return Promise.all(ids.map(async (id) => viewOf(await router.findTask(principal, id))));
  }
}

/** @throws OtherAgentError */
function within({ agent: own }: Access, order: Order): Order {
  if (own === undefined) return order;
  const agent = order.agent ?? own;
  if (agent.toLowerCase() !== own.toLowerCase()) throw new OtherAgentError({ agent, own });
  return { ...order, agent: own };
}

// As the router finds an agent: by name, role, or a word of the name.
function nameOf(wanted: string, agents: readonly ListedAgent[]): string {
  const word = wanted.toLowerCase();
  const isCalled = ({ name, role }: ListedAgent): boolean =>
    name.toLowerCase() === word || role.toLowerCase() === word;
  const found =
    agents.find(isCalled) ??
    agents.find(({ name }) => name.toLowerCase().split(' ').includes(word));
  if (found) return found.name;
  throw new UnknownAgentError({ agent: wanted, known: agents.map(({ name }) => name) });
}

// One who fails does not keep the others' answers from being heard.
async function joinOutcomes(
  orders: readonly Order[],
  asked: readonly Promise<{ readonly text: string }>[],
): Promise<string> {
  const [only] = asked;
  if (only && asked.length === 1) return (await only).text;
  const ended = await Promise.allSettled(asked);
  const outcomes = ended.map((end, position): Outcome => {
    const text = end.status === 'fulfilled' ? end.value.text : explainError(end.reason);
    return { agent: orders[position]?.agent, text };
  });
  return outcomes.map(({ agent, text }) => `${String(agent)}:\n${text}`).join('\n\n');
}

function joined(tasks: readonly TaskView[]): string {
  return tasks.map(({ agent, state, answer }) => `${agent} (${state}): ${answer}`).join('\n\n');
}

function viewOf(task: RoutedTask): View {
  return presentTaskFields(task) as unknown as View;
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
