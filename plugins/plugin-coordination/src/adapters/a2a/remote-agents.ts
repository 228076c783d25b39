import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  BaseError,
  currentConversation,
  record,
  uuidSource,
  type Conversation,
  type TraceEvent,
} from '@371os/kernel';
import type { AgentProfile, AgentRun, AgentSource } from '@371os/plugin-router';
import { hasEnded, isWaiting } from '@371os/plugin-tasks';
import { BudgetExceededError, TaskHeldError, type TreasuryService } from '@371os/plugin-treasury';
import { handedOn } from '../../domain/a2a/hand-on.ts';
import { uuidFrom } from '../../domain/uuid-from.ts';
import {
  RemoteAwayError,
  RemotePriceError,
  RemoteRefusesError,
  UnknownRemoteError,
} from '../../errors/a2a.ts';
import type { RemoteTask, RemoteTasks } from '../../ports/remote-tasks.ts';
import type { RemoteClient, RemoteView } from './remote-client.ts';
import type { KnownRemote, RemoteDirectory } from './remote-directory.ts';
import { refusalIn } from './remote-refusal.ts';

export interface RemoteAgentsComponents {
  readonly directory: Pick<RemoteDirectory, 'list' | 'find' | 'at' | 'onChange'>;
  readonly client: Pick<RemoteClient, 'send' | 'get' | 'cancel'>;
  readonly store: RemoteTasks;
  readonly treasury: Pick<TreasuryService, 'reserve' | 'settle' | 'release'>;
}

/** What a task waits for that another organisation has not finished. */
export const ANOTHER_ORGANISATION = 'another-organisation';

interface Delivery {
  readonly run: AgentRun;
  readonly remote: KnownRemote;
  readonly taskId: string;
  readonly conversation: Conversation | undefined;
}

const FIRST_LOOK_MS = 250;
const LONGEST_LOOK_MS = 5_000;
// Who gave the task its time should still hear of it within that.
const EARLIER_MS = 3_000;
// As long as a task is followed. What was reserved for one that was never written down is free then.
const RESERVED_MS = 7 * 86_400_000;

/**
 * Agents of other organisations as colleagues, over A2A. A task there is that of a task here, however
 * often it is given: it is found again after a crash, paid for once, and followed to its end.
 */
export class RemoteAgents implements AgentSource {
  readonly #components: RemoteAgentsComponents;

  constructor(components: RemoteAgentsComponents) {
    this.#components = components;
  }

  list(): AgentProfile[] {
    return this.#components.directory.list().map(({ profile }) => profile);
  }

  onChange(listener: () => void): () => void {
    return this.#components.directory.onChange(listener);
  }

  /** @throws UnknownRemoteError, RemoteAwayError, RemoteRefusesError, or what the signal was aborted with */
  async deliver(run: AgentRun): Promise<string[]> {
    const conversation = currentConversation();
    conversation?.signal?.throwIfAborted();
    const taskId = conversation?.taskId ?? uuidSource();
    const known = await this.#components.store.find(taskId);
    const remote = this.#remoteFor(run, known);
    const delivery = { run, remote, taskId, conversation };
    const kept = known ?? (await this.#reserve(delivery));
    if ('refusal' in kept) return [kept.refusal];
    const view = await this.#begin(delivery, kept);
    const last = await this.#follow(delivery, view);
    return this.#conclude(delivery, kept, last);
  }

  /** Has a task that nobody wants any more end there, too, and pays for it if it had begun. */
  async abandon(task: RemoteTask): Promise<void> {
    const { client, directory } = this.#components;
    const remote = directory.at(task.url);
    const { remoteId } = task;
    // Whether it has begun is not known: the price counts.
    if (remoteId === undefined) return this.giveUp(task);
    if (!remote) throw new UnknownRemoteError({ agent: task.agent });
    try {
      const view = await client
        .cancel(remote.card, remoteId)
        .catch(() => client.get(remote.card, remoteId));
      if (hasEnded(view.state)) {
        await this.#settle(task, view.state);
        return;
      }
    } catch (cause) {
      // It knows nothing of the task any more, so nothing more becomes of it.
      if (refusalIn(cause) === undefined) throw cause;
      return this.giveUp(task);
    }
    throw new RemoteAwayError({ agent: task.agent, problem: 'it goes on with what was canceled' });
  }

  /** Follows a task no longer, and pays for it: it may have been done. */
  async giveUp(task: RemoteTask): Promise<void> {
    await this.#pay(task, 'error');
  }

  /** Whether a task there has ended, or waits for something. */
  async hasAnswered({ url, remoteId }: RemoteTask): Promise<boolean> {
    const remote = this.#components.directory.at(url);
    if (!remote || remoteId === undefined) return false;
    const { state } = await this.#components.client.get(remote.card, remoteId);
    return hasEnded(state) || isWaiting(state);
  }

  // What was begun is gone on with where it was, whatever its agent is called by now.
  #remoteFor({ agent }: AgentRun, known: RemoteTask | undefined): KnownRemote {
    const { directory } = this.#components;
    const remote = known ? directory.at(known.url) : directory.find(agent);
    if (remote) return remote;
    if (known) throw new RemoteAwayError({ agent, problem: 'its card cannot be read' });
    throw new UnknownRemoteError({ agent });
  }

  async #reserve({
    run: { agent, requesterId },
    remote: { url, pricePico },
    taskId,
  }: Delivery): Promise<RemoteTask | { refusal: string }> {
    const { treasury, store } = this.#components;
    try {
      if (pricePico === undefined) throw new RemotePriceError({ agent });
      const { id: reservationId } = await treasury.reserve({
        ...{ category: 'tools', amountPico: pricePico, ttlMs: RESERVED_MS },
        scopes: { agent, user: requesterId, task: taskId },
      });
      const task = { taskId, agent, url, reservationId, pricePico };
      await store.add(task);
      return { ...task, remoteId: undefined, hasEnded: false, isOverdue: false };
    } catch (error) {
      const isBudget = error instanceof BudgetExceededError;
      if (!(isBudget || error instanceof TaskHeldError || error instanceof RemotePriceError))
        throw error;
      const kind = isBudget ? 'budget-exceeded' : 'treasury-refused';
      record({ kind, agent, code: error.code, sentence: error.message });
      return { refusal: error.message };
    }
  }

  async #begin(delivery: Delivery, task: RemoteTask): Promise<RemoteView> {
    const { client } = this.#components;
    const { run, remote } = delivery;
    const { remoteId } = task;
    if (remoteId === undefined) return this.#send(delivery, task, '', run.text);
    const view = await this.#ask(run, () => client.get(remote.card, remoteId));
    const said = run.background ?? [];
    // It has asked back, and somebody has answered.
    return isWaiting(view.state) && said.length > 0
      ? this.#send(delivery, task, remoteId, said.join('\n\n'))
      : view;
  }

  // The same words of the same task are the same message, for whoever gets it twice.
  async #send(
    { run, remote, taskId, conversation }: Delivery,
    task: RemoteTask,
    remoteId: string,
    text: string,
  ): Promise<RemoteView> {
    const { client, store } = this.#components;
    const background = remoteId === '' ? (run.background ?? []) : [];
    try {
      const view = await this.#ask(run, () =>
        client.send(remote.card, {
          ...{ messageId: idFor(taskId, text), contextId: idFor(run.roomId, remote.url), remoteId },
          text: [...background, text].join('\n\n'),
          metadata: handedOn({
            ...{ hops: conversation?.hops ?? 1, origins: conversation?.origins, taskId },
          }),
        }),
      );
      if (view.remoteId !== '') await store.noteRemoteId(taskId, view.remoteId);
      return view;
    } catch (error) {
      if (error instanceof RemoteRefusesError && remoteId === '') await this.#giveBack(task);
      throw error;
    }
  }

  async #follow({ run, remote, conversation }: Delivery, first: RemoteView): Promise<RemoteView> {
    const { client } = this.#components;
    const signal = conversation?.signal;
    const untilMs = performance.now() + run.timeoutMs - EARLIER_MS;
    let view = first;
    for (let waitMs = FIRST_LOOK_MS; !(hasEnded(view.state) || isWaiting(view.state));) {
      if (performance.now() + waitMs > untilMs) return view;
      await pause(waitMs, undefined, { signal });
      waitMs = Math.min(LONGEST_LOOK_MS, waitMs * 2);
      view = await this.#ask(run, () => client.get(remote.card, view.remoteId));
    }
    return view;
  }

  async #conclude(
    { run: { agent } }: Delivery,
    task: RemoteTask,
    { state, answer }: RemoteView,
  ): Promise<string[]> {
    if (hasEnded(state)) await this.#settle(task, state);
    const sentence = answer.trim() === '' ? SILENT[state] : answer;
    for (const event of endOf(agent, state, sentence)) record(event);
    return [sentence];
  }

  // What was refused costs nothing; what was worked on costs what was agreed, however it came out.
  async #settle(task: RemoteTask, state: RemoteView['state']): Promise<void> {
    if (state !== 'REJECTED') return this.#pay(task, state === 'COMPLETED' ? 'ok' : 'error');
    await this.#components.treasury.release(task.reservationId);
    await this.#components.store.end(task.taskId);
  }

  async #pay(task: RemoteTask, status: 'ok' | 'error'): Promise<void> {
    const { treasury, store } = this.#components;
    await treasury.settle(task.reservationId, {
      ...{ costPico: task.pricePico, provider: 'a2a', model: new URL(task.url).host, status },
      ...{ tokensIn: 0, tokensOut: 0, callId: task.taskId },
    });
    await store.end(task.taskId);
  }

  async #giveBack({ taskId, reservationId }: RemoteTask): Promise<void> {
    // In this order: a task that is still known must never be done on money that was given back.
    await this.#components.store.forget(taskId);
    await this.#components.treasury.release(reservationId);
  }

  async #ask<Answer>({ agent }: AgentRun, call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call();
    } catch (cause) {
      const problem = refusalIn(cause);
      if (problem !== undefined) throw new RemoteRefusesError({ agent, problem, cause });
      throw new RemoteAwayError({
        ...{ agent, cause },
        problem: BaseError.isInstance(cause) ? cause.message : 'it gives no answer that is one',
      });
    }
  }
}

const SILENT: Readonly<Record<RemoteView['state'], string>> = {
  SUBMITTED: 'It has the task, and has not begun it yet. What becomes of it is told here.',
  WORKING: 'It is still at work. What becomes of it is told here.',
  COMPLETED: 'It is done, and there was nothing to say.',
  FAILED: 'It failed, and does not say why.',
  CANCELED: 'It was canceled there.',
  REJECTED: 'It was turned down there, without a reason.',
  INPUT_REQUIRED: 'It asks for something, and does not say for what.',
  AUTH_REQUIRED: 'It wants you to prove who you are, and does not say how.',
};

function endOf(agent: string, state: RemoteView['state'], sentence: string): TraceEvent[] {
  switch (state) {
    case 'COMPLETED':
      return [];
    case 'REJECTED':
      return [{ kind: 'routing-refused', code: 'A2A_REJECTED', sentence }];
    case 'FAILED':
    case 'CANCELED':
      return [{ kind: 'message-failed', code: `A2A_${state}`, sentence }];
    case 'INPUT_REQUIRED':
    case 'AUTH_REQUIRED':
      return [{ kind: 'input-required', agent, missing: 'an answer', sentence }];
    case 'SUBMITTED':
    case 'WORKING':
    default:
      return [{ kind: 'input-required', agent, missing: ANOTHER_ORGANISATION, sentence }];
  }
}

function idFor(...what: readonly string[]): string {
  return uuidFrom(createHash('sha256').update(JSON.stringify(what)).digest('hex'));
}
