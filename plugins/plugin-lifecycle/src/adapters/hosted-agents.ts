import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CompanyClient,
  CompanyError,
  NotFoundError,
  NotPermittedError,
  RequestRefusedError,
  ServerUnreachableError,
  TokenRefusedError,
} from '@371os/client';
import {
  currentConversation,
  hasRole,
  KeyedQueue,
  record,
  uuidSource,
  wayTo,
  type PicoUsd,
  type Principal,
} from '@371os/kernel';
import type { AgentProfile, AgentRun, AgentSource } from '@371os/plugin-router';
import { LostTaskError, StoppingError } from '@371os/plugin-tasks';
import { BudgetExceededError, TaskHeldError, type TreasuryService } from '@371os/plugin-treasury';
import { z } from 'zod';
import type { TokenOwner } from '../domain/hosted-environment.ts';
import { eventsOf, hostedTask, isSettled, type HostedTask } from '../domain/hosted-outcome.ts';
import {
  HostedAgentAwayError,
  HostedAgentRefusesError,
  NotBegunError,
  NotHostedError,
} from '../errors/hosting.ts';
import type { Assignment, AssignmentBook } from '../ports/assignment-book.ts';
import type { Hosting, Place } from '../ports/hosting.ts';
import type { TokenOf } from './agent-tokens.ts';

/** An agent that tasks can be given to where it is hosted. */
export interface HostedEntry extends Pick<TokenOwner, 'id' | 'generation'> {
  /** The place that it was made with; undefined while that is closed. */
  readonly deploymentId: string | undefined;
  /** As one instance of it would be. */
  readonly profile: Omit<AgentProfile, 'isLocal'>;
}

export interface HostedAgentsComponents {
  readonly hosting: Pick<Hosting, 'find' | 'isVacated'>;
  readonly treasury: Pick<TreasuryService, 'reserve' | 'settle' | 'release' | 'taskCost'>;
  readonly tokenOf: TokenOf;
  readonly book: AssignmentBook;
  /** Whether nobody works on a task any more, here or in another process of the company. */
  readonly isOver: (taskId: string) => Promise<boolean>;
  /** The most that a task may cost. */
  readonly worstCasePico: PicoUsd;
  /** How long a task waits for a place that is being made or closed before its attempt fails. */
  readonly patienceMs?: number | undefined;
}

/** One of the places in which an agent works. */
interface Site {
  readonly index: number;
  readonly deploymentId: string;
  /** Whether it gets new tasks. */
  takes: boolean;
  /** Tasks that it works on for this process. */
  running: number;
  /** Until when others are asked first, since it could not be reached. */
  avoidedUntilMs: number;
  /** Aborted when it is to give back what it works on. */
  readonly withdrawal: AbortController;
}

interface Entry extends HostedEntry {
  readonly sites: Map<number, Site>;
}

interface Choice {
  readonly entry: Entry;
  readonly site: Site;
  readonly place: Place;
  readonly assignment: Assignment;
  /** Whether nobody can have begun it before. */
  readonly isNew: boolean;
}

interface Delivery {
  readonly run: AgentRun;
  readonly client: CompanyClient;
  readonly taskId: string;
  readonly signal: AbortSignal;
  readonly choice: Choice;
}

const CANCELED = 'CANCELED';
const SHORT_MS = 15_000;
// Beyond the task's own time: to hear what it has cost.
const GRACE_MS = 60_000;
const MOST_CONTEXT = 65_536;
const AVOIDED_MS = 10_000;
const LOOK_EVERY_MS = 250;

/** Ends what an instance works on, so that another one does it. */
class WithdrawnError extends Error {}

/**
 * The agents of this company that are hosted elsewhere, each in one or more places. A task has the same
 * id there as here: given again, after a crash on either side, it is the same task. It stays with one
 * instance until nothing of that one runs any more, or it has said that it ended it. What a task costs is
 * reserved before.
 */
export class HostedAgents implements AgentSource {
  readonly #components: HostedAgentsComponents;
  readonly #entries = new Map<string, Entry>();
  readonly #choosing = new KeyedQueue();
  readonly #listeners = new Set<() => void>();

  constructor(components: HostedAgentsComponents) {
    this.#components = components;
  }

  /** Lets an agent take tasks from now on; one of the same name is replaced. */
  admit(entry: HostedEntry): void {
    const sites = new Map<number, Site>();
    this.#entries.set(entry.profile.name, { ...entry, sites });
    if (entry.deploymentId !== undefined) sites.set(0, newSite(0, entry.deploymentId));
    this.#announce();
  }

  /** Lets it take no more. */
  dismiss(name: string): void {
    if (this.#entries.delete(name)) this.#announce();
  }

  /** Gives an agent one more place to work in; repeated it changes nothing. */
  open(name: string, index: number, deploymentId: string): void {
    const sites = this.#entries.get(name)?.sites;
    if (!sites || sites.get(index)?.deploymentId === deploymentId) return;
    sites.set(index, newSite(index, deploymentId));
    this.#announce();
  }

  /** Gives one of its places nothing new; what it works on it may finish. */
  rest(name: string, index: number): void {
    const site = this.#entries.get(name)?.sites.get(index);
    if (!site?.takes) return;
    site.takes = false;
    this.#announce();
  }

  /** How many tasks of one of its places are waited for here. */
  running(name: string, index: number): number {
    return this.#entries.get(name)?.sites.get(index)?.running ?? 0;
  }

  /**
   * Takes one of its places away; what that one works on is ended there, and given to others. Returns
   * once it was told so, or could not be.
   */
  async withdraw(name: string, index: number): Promise<void> {
    const sites = this.#entries.get(name)?.sites;
    const site = sites?.get(index);
    if (!sites || !site) return;
    sites.delete(index);
    site.withdrawal.abort(new WithdrawnError());
    this.#announce();
    const endMs = performance.now() + SHORT_MS + LOOK_EVERY_MS;
    while (site.running > 0 && performance.now() < endMs) await pause(LOOK_EVERY_MS);
  }

  list(): AgentProfile[] {
    return [...this.#entries.values()].map(({ profile, sites }) => {
      const count = [...sites.values()].filter(({ takes }) => takes).length;
      const { concurrency } = profile;
      // While it has no place, what comes for it waits in its queue, which brings one back.
      const idle = count === 0 ? { isElsewhere: true } : { concurrency: concurrency * count };
      return { ...profile, ...idle, isLocal: false };
    });
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * @throws NotHostedError, HostedAgentAwayError, HostedAgentRefusesError, RequestRefusedError, or
   *   what the conversation's signal was aborted with
   */
  async deliver(run: AgentRun): Promise<string[]> {
    const { signal, taskId = uuidSource() } = currentConversation() ?? {};
    for (;;) {
      const choice = await this.#choosePatiently(run, taskId, signal);
      try {
        return await this.#deliverAt(choice, run, taskId);
      } catch (error) {
        if (!(await this.#isForAnother(choice, error))) throw error;
      } finally {
        choice.site.running -= 1;
      }
    }
  }

  async #deliverAt(choice: Choice, run: AgentRun, taskId: string): Promise<string[]> {
    const { signal: own, principal } = currentConversation() ?? {};
    const client = await this.#clientFor(choice, run, principal);
    const reservation = await this.#reserve(run, taskId);
    if ('refusal' in reservation) return [reservation.refusal];
    const { id } = reservation;
    const signal = AbortSignal.any([choice.site.withdrawal.signal, ...(own ? [own] : [])]);
    const task = await this.#have({ run, client, taskId, signal, choice }, id);
    await this.#settle(id, taskId, run.agent, task);
    if (!isSettled(task))
      throw new HostedAgentAwayError({ agent: run.agent, why: 'it is still at work.' });
    // What it says after the task was given to another one counts no more.
    if (!(await this.#isStillAt(choice)))
      throw new HostedAgentAwayError({ agent: run.agent, why: 'another instance does the task.' });
    for (const event of eventsOf(run.agent, task)) record(event);
    return [task.answer];
  }

  // --- at which instance

  // A move takes longer than a task that fails is tried again, so its tasks wait for it.
  async #choosePatiently(
    { agent, timeoutMs }: AgentRun,
    taskId: string,
    signal: AbortSignal | undefined,
  ): Promise<Choice> {
    const { patienceMs = timeoutMs } = this.#components;
    const endMs = performance.now() + patienceMs;
    for (;;) {
      signal?.throwIfAborted();
      try {
        return await this.#choosing.run(agent, () => this.#choose(agent, taskId));
      } catch (error) {
        if (!(error instanceof HostedAgentAwayError) || performance.now() >= endMs) throw error;
      }
      await pause(LOOK_EVERY_MS, undefined, signal ? { signal } : {});
    }
  }

  /** Where a task is worked on already, or the least busy instance that can be reached. */
  async #choose(agent: string, taskId: string): Promise<Choice> {
    const entry = this.#entries.get(agent);
    if (!entry) throw new NotHostedError({ agent });
    const [known] = await this.#components.book.find([taskId]);
    const same = known && known.deploymentId !== '' && (await this.#goOnAt(entry, known));
    const choice = same || (await this.#chooseNew(entry, taskId, known));
    // Before the next one is chosen.
    choice.site.running += 1;
    return choice;
  }

  async #isStillAt({ assignment }: Choice): Promise<boolean> {
    const [now] = await this.#components.book.find([assignment.taskId]);
    return now?.turn === assignment.turn;
  }

  // Undefined when nothing of the one that had it runs any more.
  async #goOnAt(entry: Entry, known: Assignment): Promise<Choice | undefined> {
    const { hosting } = this.#components;
    const { name: agent } = entry.profile;
    const { deploymentId } = known;
    const site = entry.sites.get(known.index);
    const place = await hosting.find(deploymentId);
    if (site?.deploymentId === deploymentId && typeof place === 'object')
      return { entry, site, place, assignment: known, isNew: false };
    if (await hosting.isVacated(deploymentId)) return undefined;
    throw new HostedAgentAwayError({ agent, why: 'where it worked on this is being closed.' });
  }

  async #chooseNew(entry: Entry, taskId: string, known: Assignment | undefined): Promise<Choice> {
    const { book } = this.#components;
    const { id: agentId, profile } = entry;
    const { site, place } = await this.#freest(entry);
    const { index, deploymentId } = site;
    const to = { taskId, agentId, index, deploymentId };
    const assignment = await book.assign(to, known?.turn);
    if (assignment) return { entry, site, place, assignment, isNew: true };
    throw new HostedAgentAwayError({ agent: profile.name, why: 'the task was given out anew.' });
  }

  async #freest({ profile, sites }: Entry): Promise<{ site: Site; place: Place }> {
    const nowMs = performance.now();
    const isAvoided = ({ avoidedUntilMs }: Site): number => Number(avoidedUntilMs > nowMs);
    const ranked = [...sites.values()]
      .filter(({ takes }) => takes)
      .sort(
        (left, right) =>
          isAvoided(left) - isAvoided(right) ||
          left.running - right.running ||
          left.index - right.index,
      );
    const { name: agent } = profile;
    // What it has left is being closed, and it is opened again when it is needed.
    let isMoving = ranked.length === 0;
    for (const site of ranked) {
      const place = await this.#components.hosting.find(site.deploymentId);
      if (typeof place === 'object') return { site, place };
      isMoving ||= place === 'moving';
    }
    if (!isMoving) throw new NotHostedError({ agent });
    throw new HostedAgentAwayError({ agent, why: 'it is being placed with another provider.' });
  }

  /** Whether another instance may have the task now, as it is certain that this one does not do it. */
  async #isForAnother(
    { site, assignment, isNew, entry }: Choice,
    error: unknown,
  ): Promise<boolean> {
    if (error instanceof WithdrawnError) return true;
    if (!(error instanceof NotBegunError && isNew)) return false;
    site.avoidedUntilMs = performance.now() + AVOIDED_MS;
    await this.#components.book.release(assignment);
    const others = [...entry.sites.values()].filter((one) => one.takes && one !== site);
    return others.some(({ avoidedUntilMs }) => avoidedUntilMs <= performance.now());
  }

  async #clientFor(
    { entry, site, place }: Choice,
    { timeoutMs, requesterId }: AgentRun,
    principal: Principal | undefined,
  ): Promise<CompanyClient> {
    const { id, generation } = entry;
    const token = this.#components.tokenOf({ id, generation, instance: site.index });
    return new CompanyClient({
      ...{ url: await wayTo(place.endpoint), token, answerTimeoutMs: timeoutMs },
      timeoutMs: Math.min(SHORT_MS, timeoutMs),
      // Nobody has more rights there than here.
      as: principal && hasRole(principal, 'owner') ? undefined : guestFor(requesterId),
    });
  }

  async #reserve(
    { agent, requesterId, timeoutMs }: AgentRun,
    task: string,
  ): Promise<{ id: string } | { refusal: string }> {
    try {
      return await this.#components.treasury.reserve({
        ...{ category: 'llm', amountPico: this.#components.worstCasePico },
        scopes: { agent, user: requesterId, task },
        ...{ ttlMs: timeoutMs + GRACE_MS, chargeOnExpiry: true },
      });
    } catch (error) {
      if (!(error instanceof BudgetExceededError || error instanceof TaskHeldError)) throw error;
      const kind = error instanceof TaskHeldError ? 'treasury-refused' : 'budget-exceeded';
      record({ kind, agent, code: error.code, sentence: error.message });
      return { refusal: error.message };
    }
  }

  async #have(delivery: Delivery, reservationId: string): Promise<HostedTask> {
    const { run, client, taskId, signal } = delivery;
    const { agent, text, roomId, background = [] } = run;
    // Work of the company itself is in no room, and every task there has one.
    const room = roomId === '' ? taskId : roomId;
    const context = background.join('\n\n').slice(0, MOST_CONTEXT);
    const more = context === '' ? {} : { context };
    try {
      const tasks = await client.submitTask({ text, room, agent, task: taskId, signal, ...more });
      return readTask(agent, tasks[0]);
    } catch (error) {
      if (!hasBegunNothing(error)) {
        const ended = await this.#giveUp(delivery, reservationId);
        if (ended) return ended;
        signal.throwIfAborted();
        throw explain(agent, error);
      }
      await this.#components.treasury.release(reservationId);
      signal.throwIfAborted();
      const explained = explain(agent, error);
      throw explained instanceof HostedAgentAwayError
        ? new NotBegunError({ agent, why: explained.why, cause: error })
        : explained;
    }
  }

  /**
   * Ends what nobody waits for any more, and books what it has cost as far as that can be heard. Where
   * it cannot, the reservation stays, and counts in full once it runs out. What an instance that goes
   * had ended by itself is returned.
   */
  async #giveUp(delivery: Delivery, reservationId: string): Promise<HostedTask | undefined> {
    const { run, taskId, signal, choice } = delivery;
    if (await this.#isGivenOn(taskId, signal)) {
      await this.#components.treasury.release(reservationId);
      return undefined;
    }
    const isWithdrawn = signal.reason instanceof WithdrawnError;
    const task = await this.#lastWord(delivery);
    if (isWithdrawn && task && task !== 'unknown' && isSettled(task) && task.state !== CANCELED)
      return task;
    if (task === 'unknown') await this.#components.treasury.release(reservationId);
    else if (task) await this.#settle(reservationId, taskId, run.agent, task);
    if (isWithdrawn && task) await this.#components.book.release(choice.assignment);
    return undefined;
  }

  // Whoever has the task now goes on with it where it is, and books what it costs.
  async #isGivenOn(taskId: string, { reason }: AbortSignal): Promise<boolean> {
    const isLeft = reason instanceof LostTaskError || reason instanceof StoppingError;
    return isLeft && !(await this.#components.isOver(taskId));
  }

  // One that has ended cannot be canceled any more.
  async #lastWord(delivery: Delivery): Promise<HostedTask | 'unknown' | undefined> {
    const { run, client, taskId, signal } = delivery;
    try {
      const told = signal.aborted
        ? client.cancelTask(taskId).catch(() => client.getTask(taskId))
        : client.getTask(taskId);
      return readTask(run.agent, await told);
    } catch (error) {
      return error instanceof NotFoundError ? 'unknown' : undefined;
    }
  }

  // A task that was given before has been paid for in part, or in full.
  async #settle(id: string, taskId: string, agent: string, task: HostedTask): Promise<void> {
    const { treasury } = this.#components;
    const due = task.costUsd - (await treasury.taskCost(taskId));
    await treasury.settle(id, {
      ...{ costPico: due > 0n ? due : 0n, provider: 'hosted', model: task.model },
      ...{ tokensIn: 0, tokensOut: 0, status: 'ok', callId: `${agent}/${taskId}` },
    });
  }

  #announce(): void {
    for (const listener of this.#listeners) listener();
  }
}

function newSite(index: number, deploymentId: string): Site {
  const withdrawal = new AbortController();
  return { index, deploymentId, takes: true, running: 0, avoidedUntilMs: 0, withdrawal };
}

function readTask(agent: string, task: unknown): HostedTask {
  const parsed = hostedTask.safeParse(task);
  if (parsed.success) return parsed.data;
  throw new HostedAgentAwayError({ agent, why: 'it did not say what became of the task.' });
}

// Ids of people come from many platforms; names of guests are letters and digits.
function guestFor(requesterId: string): string {
  return `member-${createHash('sha256').update(requesterId).digest('hex').slice(0, 32)}`;
}

// As fetch says that there was no connection.
const neverSent = z.object({
  cause: z.object({
    code: z.enum(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']),
  }),
});

// It was refused before anything was done, or never left.
function hasBegunNothing(error: unknown): boolean {
  if (error instanceof RequestRefusedError) return error.status !== 200;
  return error instanceof ServerUnreachableError && neverSent.safeParse(error.cause).success;
}

/** What went wrong, as the one who gave the task has to take it. */
function explain(agent: string, error: unknown): unknown {
  if (error instanceof TokenRefusedError || error instanceof NotPermittedError)
    return new HostedAgentRefusesError({ agent, cause: error });
  if (!(error instanceof CompanyError) || isAnswer(error)) return error;
  return new HostedAgentAwayError({ agent, why: error.message, cause: error });
}

// It was understood, and refused: that does not change when it is asked again. An agent that starts or
// ends says other things.
function isAnswer(error: CompanyError): boolean {
  return (
    error instanceof RequestRefusedError &&
    error.status < 500 &&
    error.status !== 404 &&
    error.code !== 'ROUTER_NOT_READY'
  );
}
