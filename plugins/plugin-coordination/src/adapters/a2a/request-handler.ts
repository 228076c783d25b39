import {
  TaskState,
  type AgentCard,
  type CancelTaskRequest,
  type DeleteTaskPushNotificationConfigRequest,
  type GetTaskPushNotificationConfigRequest,
  type GetTaskRequest,
  type ListTaskPushNotificationConfigsRequest,
  type ListTaskPushNotificationConfigsResponse,
  type ListTasksRequest,
  type ListTasksResponse,
  type SendMessageRequest,
  type StreamResponse,
  type SubscribeToTaskRequest,
  type Task as A2aTask,
  type TaskPushNotificationConfig,
} from '@a2a-js/sdk';
import {
  ExtendedAgentCardNotConfiguredError,
  RequestMalformedError,
  TaskNotCancelableError,
  TaskNotFoundError,
  UnsupportedOperationError,
} from '@a2a-js/sdk/errors';
import type { A2ARequestHandler, ServerCallContext } from '@a2a-js/sdk/server';
import { BaseError, hasRole, type IdSource, type Principal } from '@371os/kernel';
import {
  hasEnded,
  isWaiting,
  TaskEndedError,
  TaskNotEndedError,
  UnknownTaskError,
  type Task,
  type TasksService,
} from '@371os/plugin-tasks';
import { HAND_ON } from '../../domain/a2a/hand-on.ts';
import { PageError, pageOf } from '../../domain/a2a/page.ts';
import type { PushConfig, PushConfigs } from '../../ports/push-configs.ts';
import type { Work } from '../../ports/work.ts';
import { contextIdOf, presentA2aTask, stateOf } from './present-task.ts';
import { programOf } from './program-user.ts';
import { readMessage, type AskedMessage } from './read-message.ts';
import { taskEvents } from './task-events.ts';

export interface RequestHandlerInit {
  /** The agent whose card this is. */
  readonly agent: string;
  readonly isFrontDesk: boolean;
  readonly card: () => Promise<AgentCard>;
  readonly work: Work;
  readonly tasks: Pick<
    TasksService,
    'get' | 'list' | 'cancel' | 'waitFor' | 'onChange' | 'goOn' | 'children'
  >;
  readonly webhooks: PushConfigs;
  /** Told of each webhook that is new. */
  readonly onWebhook: (taskId: string) => void;
  /** What is wrong with the address of a webhook; undefined when nothing is. */
  readonly problemOfAddress: (url: string) => string | undefined;
  readonly newId: IdSource;
  readonly mostBytes: number;
  /** How long a client is kept waiting that wants to wait, in milliseconds. */
  readonly patienceMs: number;
}

const MOST_LISTED = 1_000;
const LONGEST_WEBHOOK = 2_048;

/**
 * One agent over A2A, in all its transports. The tasks are those of plugin-tasks: nothing is kept beside
 * them, and somebody else's task is not found.
 */
export class CompanyRequestHandler implements A2ARequestHandler {
  readonly #init: RequestHandlerInit;

  constructor(init: RequestHandlerInit) {
    this.#init = init;
  }

  getAgentCard(): Promise<AgentCard> {
    return this.#init.card();
  }

  getAuthenticatedExtendedAgentCard(): Promise<AgentCard> {
    return Promise.reject(new ExtendedAgentCardNotConfiguredError());
  }

  async sendMessage(request: SendMessageRequest, context: ServerCallContext): Promise<A2aTask> {
    return translated(async () => {
      const task = await this.#begin(request, context);
      const { historyLength, returnImmediately } = request.configuration ?? {};
      const shown = returnImmediately === true ? task : await this.#awaited(task, context);
      return presentA2aTask(shown, { historyLength });
    });
  }

  async *sendMessageStream(
    request: SendMessageRequest,
    context: ServerCallContext,
  ): AsyncGenerator<StreamResponse, void, undefined> {
    const { signal } = programOf(context);
    const begin = (): Promise<Task> => translated(() => this.#begin(request, context));
    yield* taskEvents(this.#init.tasks, begin, signal);
  }

  async getTask(
    { id, historyLength }: GetTaskRequest,
    context: ServerCallContext,
  ): Promise<A2aTask> {
    return translated(async () => presentA2aTask(await this.#find(id, context), { historyLength }));
  }

  async listTasks(
    request: ListTasksRequest,
    context: ServerCallContext,
  ): Promise<ListTasksResponse> {
    return translated(async () => {
      const { access } = programOf(context);
      const isOfAny = request.status === TaskState.TASK_STATE_UNSPECIFIED;
      const state = isOfAny ? undefined : stateOf(request.status);
      if (!isOfAny && state === undefined)
        throw new RequestMalformedError('status is none that a task can be in');
      const { agent, isFrontDesk, tasks } = this.#init;
      const known = await tasks.list({
        ...{ requesterId: access.principal.id, limit: MOST_LISTED },
        ...(isFrontDesk && access.agent === undefined ? {} : { agent: access.agent ?? agent }),
        ...(state === undefined ? {} : { states: [state] }),
      });
      const { contextId } = request;
      const wanted = known.filter((task) => contextId === '' || contextIdOf(task) === contextId);
      const page = pageOf(wanted, request);
      return {
        tasks: page.items.map((task) =>
          presentA2aTask(task, {
            historyLength: request.historyLength ?? 0,
            withArtifacts: request.includeArtifacts === true,
          }),
        ),
        nextPageToken: page.nextPageToken,
        pageSize: page.pageSize,
        totalSize: page.totalSize,
      };
    });
  }

  async cancelTask({ id }: CancelTaskRequest, context: ServerCallContext): Promise<A2aTask> {
    return translated(async () => {
      const task = await this.#find(id, context);
      const { principal } = programOf(context).access;
      return presentA2aTask(await this.#init.tasks.cancel(task.id, principal));
    });
  }

  async *resubscribe(
    { id }: SubscribeToTaskRequest,
    context: ServerCallContext,
  ): AsyncGenerator<StreamResponse, void, undefined> {
    const find = (): Promise<Task> =>
      translated(async () => {
        const task = await this.#find(id, context);
        if (hasEnded(task.state))
          throw new UnsupportedOperationError(
            `The task ${id} has ended: nothing more becomes of it.`,
          );
        return task;
      });
    yield* taskEvents(this.#init.tasks, find, programOf(context).signal);
  }

  // -- webhooks

  async createTaskPushNotificationConfig(
    config: TaskPushNotificationConfig,
    context: ServerCallContext,
  ): Promise<TaskPushNotificationConfig> {
    return translated(async () => {
      const task = await this.#find(config.taskId, context);
      return this.#addWebhook(task.id, config);
    });
  }

  async getTaskPushNotificationConfig(
    { taskId, id }: GetTaskPushNotificationConfigRequest,
    context: ServerCallContext,
  ): Promise<TaskPushNotificationConfig> {
    return translated(async () => {
      const task = await this.#find(taskId, context);
      const found = (await this.#init.webhooks.list(task.id)).find((one) => one.id === id);
      if (!found) throw new TaskNotFoundError(`The task ${taskId} has no webhook ${id}.`);
      return presentWebhook(found);
    });
  }

  async listTaskPushNotificationConfigs(
    { taskId }: ListTaskPushNotificationConfigsRequest,
    context: ServerCallContext,
  ): Promise<ListTaskPushNotificationConfigsResponse> {
    return translated(async () => {
      const task = await this.#find(taskId, context);
      const configs = (await this.#init.webhooks.list(task.id)).map(presentWebhook);
      return { configs, nextPageToken: '' };
    });
  }

  async deleteTaskPushNotificationConfig(
    { taskId, id }: DeleteTaskPushNotificationConfigRequest,
    context: ServerCallContext,
  ): Promise<void> {
    return translated(async () => {
      const task = await this.#find(taskId, context);
      await this.#init.webhooks.delete(task.id, id);
    });
  }

  async #addWebhook(
    taskId: string,
    { id, url, token, authentication }: TaskPushNotificationConfig,
  ): Promise<TaskPushNotificationConfig> {
    const { webhooks, newId, onWebhook } = this.#init;
    const problem =
      url.length > LONGEST_WEBHOOK ? 'it is too long' : this.#init.problemOfAddress(url);
    if (problem !== undefined)
      throw new RequestMalformedError(`The webhook is refused: ${problem}.`);
    const { scheme = '', credentials = '' } = authentication ?? {};
    if (![id, token, scheme, credentials].every(isHeaderText))
      throw new RequestMalformedError(
        'The webhook is refused: its id, token or scheme is too long, or no plain text.',
      );
    const config: PushConfig = {
      ...{ id: id === '' ? newId() : id, taskId, url, token },
      authentication: authentication ? { scheme, credentials } : undefined,
    };
    await webhooks.save(config);
    onWebhook(taskId);
    return presentWebhook(config);
  }

  // -- tasks

  async #begin(
    { message, configuration, metadata }: SendMessageRequest,
    context: ServerCallContext,
  ): Promise<Task> {
    const { principal } = programOf(context).access;
    const { agent, mostBytes } = this.#init;
    const asked = readMessage(message && { ...message, metadata: message.metadata ?? metadata }, {
      ...{ agent, principal, mostBytes },
    });
    if (message?.extensions.includes(HAND_ON) === true) context.addActivatedExtension(HAND_ON);
    const task =
      asked.continues === undefined
        ? await this.#submit(asked, principal)
        : await this.#continue(asked, asked.continues, context);
    const webhook = configuration?.taskPushNotificationConfig;
    if (webhook) await this.#addWebhook(task.id, webhook);
    return task;
  }

  async #submit(
    { taskId, contextId, messageId, text, handOn }: AskedMessage,
    principal: Principal,
  ): Promise<Task> {
    const { agent, work } = this.#init;
    return work.submit({
      ...{ id: taskId, agent, text, principal, chat: contextId },
      reason: 'it was asked for over A2A',
      hops: await this.#hopsOf(handOn),
      origins: handOn.trace,
      origin: { kind: 'a2a', contextId, messageId },
    });
  }

  // Who leaves out hops on the way may still say which of our tasks it came from.
  async #hopsOf({ hops, trace }: AskedMessage['handOn']): Promise<number> {
    const known = await Promise.all(trace.map((id) => this.#known(id)));
    return Math.max(hops, ...known.flatMap((task) => (task ? hopsIn(task) : [])));
  }

  async #continue(
    { text, contextId, isContextNamed }: AskedMessage,
    id: string,
    context: ServerCallContext,
  ): Promise<Task> {
    const { tasks } = this.#init;
    const task = await this.#find(id, context);
    if (isContextNamed && contextId !== contextIdOf(task))
      throw new RequestMalformedError(`The task ${id} is of another context.`);
    if (!isWaiting(task.state))
      throw new UnsupportedOperationError(
        hasEnded(task.state)
          ? `The task ${id} has ended: send a message without a taskId for a new one.`
          : `The task ${id} is being worked on, and asks for nothing.`,
      );
    const parts = await tasks.children(id);
    for (const part of [...parts.filter(({ state }) => isWaiting(state)), task])
      await tasks.goOn(part.id, { context: `You said: ${part.answer}\nThe answer is: ${text}` });
    return tasks.get(id);
  }

  async #awaited(task: Task, context: ServerCallContext): Promise<Task> {
    const { tasks, patienceMs } = this.#init;
    const { signal } = programOf(context);
    try {
      return await tasks.waitFor(task.id, { timeoutMs: patienceMs, signal });
    } catch (error) {
      if (error instanceof TaskNotEndedError) return tasks.get(task.id);
      throw error;
    }
  }

  // To a stranger, another person's task is as unknown as one that never was.
  async #find(id: string, context: ServerCallContext): Promise<Task> {
    if (id.trim() === '') throw new RequestMalformedError('The id of a task is required.');
    const { agent, isFrontDesk } = this.#init;
    const { access } = programOf(context);
    const task = await this.#known(id);
    const isTheirs =
      task?.requester.id === access.principal.id || hasRole(access.principal, 'owner');
    const isHere = isFrontDesk || task?.agent === agent;
    const isAllowed = access.agent === undefined || access.agent === task?.agent;
    if (task && isTheirs && isHere && isAllowed && !task.isConfidential) return task;
    throw new TaskNotFoundError(`There is no task ${id.slice(0, 64)}.`);
  }

  async #known(id: string): Promise<Task | undefined> {
    try {
      return await this.#init.tasks.get(id);
    } catch (error) {
      if (error instanceof UnknownTaskError) return undefined;
      throw error;
    }
  }
}

function hopsIn({ data }: Task): number | [] {
  const hops = typeof data === 'object' && data !== null && 'hops' in data ? data['hops'] : [];
  return typeof hops === 'number' ? hops : [];
}

function presentWebhook({
  id,
  taskId,
  url,
  token,
  authentication,
}: PushConfig): TaskPushNotificationConfig {
  // What it proves us with is for the webhook alone.
  const scheme = authentication && { scheme: authentication.scheme, credentials: '' };
  return { tenant: '', id, taskId, url, token, authentication: scheme };
}

function isHeaderText(text: string): boolean {
  return text.length <= 4_096 && /^[\x20-\x7e]*$/.test(text);
}

/** Errors of ours as A2A knows them. */
async function translated<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TaskEndedError) throw new TaskNotCancelableError(error.message);
    if (error instanceof PageError) throw new RequestMalformedError(error.message);
    if (BaseError.isInstance(error) && !error.isRetryable)
      throw new RequestMalformedError(error.message);
    throw error;
  }
}
