import { createHash } from 'node:crypto';
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
  record,
  uuidSource,
  wayTo,
  type PicoUsd,
  type Principal,
} from '@371os/kernel';
import type { AgentProfile, AgentRun, AgentSource } from '@371os/plugin-router';
import { BudgetExceededError, TaskHeldError, type TreasuryService } from '@371os/plugin-treasury';
import { z } from 'zod';
import type { TokenOwner } from '../domain/hosted-environment.ts';
import { eventsOf, hostedTask, isSettled, type HostedTask } from '../domain/hosted-outcome.ts';
import {
  HostedAgentAwayError,
  HostedAgentRefusesError,
  NotHostedError,
} from '../hosting-errors.ts';
import type { Hosting } from '../ports/hosting.ts';
import type { TokenOf } from './agent-tokens.ts';

/** An agent that tasks can be given to where it is hosted. */
export interface HostedEntry extends TokenOwner {
  readonly deploymentId: string;
  readonly profile: Omit<AgentProfile, 'isLocal'>;
}

export interface HostedAgentsComponents {
  readonly hosting: Pick<Hosting, 'find'>;
  readonly treasury: Pick<TreasuryService, 'reserve' | 'settle' | 'release' | 'taskCost'>;
  readonly tokenOf: TokenOf;
  /** The most that a task may cost. */
  readonly worstCasePico: PicoUsd;
}

interface Delivery {
  readonly run: AgentRun;
  readonly client: CompanyClient;
  readonly taskId: string;
  readonly signal: AbortSignal | undefined;
}

const SHORT_MS = 15_000;
// Beyond the task's own time: to hear what it has cost.
const GRACE_MS = 60_000;
const MOST_CONTEXT = 65_536;

/**
 * The agents of this company that are hosted elsewhere. A task has the same id there as here: given
 * again, after a crash on either side, it is the same task. What it costs is reserved before.
 */
export class HostedAgents implements AgentSource {
  readonly #components: HostedAgentsComponents;
  readonly #entries = new Map<string, HostedEntry>();
  readonly #listeners = new Set<() => void>();

  constructor(components: HostedAgentsComponents) {
    this.#components = components;
  }

  /** Lets an agent take tasks from now on; one of the same name is replaced. */
  admit(entry: HostedEntry): void {
    this.#entries.set(entry.profile.name, entry);
    this.#announce();
  }

  /** Lets it take no more. */
  dismiss(name: string): void {
    if (this.#entries.delete(name)) this.#announce();
  }

  list(): AgentProfile[] {
    return [...this.#entries.values()].map(({ profile }) => ({ ...profile, isLocal: false }));
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
    const conversation = currentConversation();
    const { signal, taskId = uuidSource(), principal } = conversation ?? {};
    signal?.throwIfAborted();
    const client = await this.#clientFor(run, principal);
    const reservation = await this.#reserve(run, taskId);
    if ('refusal' in reservation) return [reservation.refusal];
    const { id } = reservation;
    const task = await this.#have({ run, client, taskId, signal }, id);
    await this.#settle(id, taskId, run.agent, task);
    if (!isSettled(task))
      throw new HostedAgentAwayError({ agent: run.agent, why: 'it is still at work.' });
    for (const event of eventsOf(run.agent, task)) record(event);
    return [task.answer];
  }

  // Where it is may have changed since the last time.
  async #clientFor(run: AgentRun, principal: Principal | undefined): Promise<CompanyClient> {
    const { hosting, tokenOf } = this.#components;
    const { agent, timeoutMs } = run;
    const entry = this.#entries.get(agent);
    if (!entry) throw new NotHostedError({ agent });
    const place = await hosting.find(entry.deploymentId);
    if (place === undefined) throw new NotHostedError({ agent });
    if (place === 'moving')
      throw new HostedAgentAwayError({ agent, why: 'it is being placed with another provider.' });
    return new CompanyClient({
      ...{ url: await wayTo(place.endpoint), token: tokenOf(entry), answerTimeoutMs: timeoutMs },
      timeoutMs: Math.min(SHORT_MS, timeoutMs),
      // Nobody has more rights there than here.
      as: principal && hasRole(principal, 'owner') ? undefined : guestFor(run.requesterId),
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
    const { agent, text, roomId: room, background = [] } = run;
    const context = background.join('\n\n').slice(0, MOST_CONTEXT);
    const more = context === '' ? {} : { context };
    try {
      const tasks = await client.submitTask({ text, room, agent, task: taskId, signal, ...more });
      return readTask(agent, tasks[0]);
    } catch (error) {
      if (hasBegunNothing(error)) await this.#components.treasury.release(reservationId);
      else await this.#giveUp(delivery, reservationId);
      signal?.throwIfAborted();
      throw explain(agent, error);
    }
  }

  /**
   * Ends what nobody waits for any more, and books what it has cost as far as that can be heard. Where
   * it cannot, the reservation stays, and counts in full once it runs out.
   */
  async #giveUp({ run, client, taskId, signal }: Delivery, reservationId: string): Promise<void> {
    const told = signal?.aborted ? client.cancelTask(taskId) : client.getTask(taskId);
    const task = await told.then(
      (known) => readTask(run.agent, known),
      (error: unknown) => (error instanceof NotFoundError ? 'unknown' : undefined),
    );
    if (task === 'unknown') await this.#components.treasury.release(reservationId);
    else if (task) await this.#settle(reservationId, taskId, run.agent, task);
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
