import {
  Role,
  TaskState as A2aState,
  type Artifact,
  type Message,
  type Part,
  type Task as A2aTask,
  type TaskStatus,
} from '@a2a-js/sdk';
import { usdNumber } from '@371os/kernel';
import type { Task, TaskState } from '@371os/plugin-tasks';
import { HAND_ON } from '../../domain/a2a/hand-on.ts';
import { originOf } from '../../domain/a2a/task-origin.ts';

const STATES: Readonly<Record<TaskState, A2aState>> = {
  SUBMITTED: A2aState.TASK_STATE_SUBMITTED,
  WORKING: A2aState.TASK_STATE_WORKING,
  INPUT_REQUIRED: A2aState.TASK_STATE_INPUT_REQUIRED,
  AUTH_REQUIRED: A2aState.TASK_STATE_AUTH_REQUIRED,
  COMPLETED: A2aState.TASK_STATE_COMPLETED,
  FAILED: A2aState.TASK_STATE_FAILED,
  CANCELED: A2aState.TASK_STATE_CANCELED,
  REJECTED: A2aState.TASK_STATE_REJECTED,
};

/** How much of a task is shown. */
export interface Shown {
  /** All of it when not given. */
  readonly historyLength?: number | undefined;
  readonly withArtifacts?: boolean | undefined;
}

/** One of our tasks as A2A has it. */
export function presentA2aTask(
  task: Task,
  { historyLength, withArtifacts = true }: Shown = {},
): A2aTask {
  const artifact = withArtifacts ? artifactOf(task) : undefined;
  return {
    id: task.id,
    contextId: contextIdOf(task),
    status: statusOf(task),
    artifacts: artifact ? [artifact] : [],
    history: historyLength === 0 ? [] : [askedOf(task)],
    metadata: {
      [HAND_ON]: { agent: task.agent, model: task.model, costUsd: usdNumber(task.costPico) },
    },
  };
}

/** The conversation of a task, by the client's word where it is a client's. */
export function contextIdOf({ data, roomId }: Task): string {
  return originOf(data)?.contextId ?? roomId;
}

/** Where a task stands, with what there is to say of it, unless that is its result. */
export function statusOf(task: Task): TaskStatus {
  const { id, state, answer, updatedAt } = task;
  const isSaid = state !== 'COMPLETED' && answer !== '';
  return {
    state: STATES[state],
    message: isSaid
      ? message(task, Role.ROLE_AGENT, answer, `${id}-${String(updatedAt)}`)
      : undefined,
    timestamp: new Date(updatedAt).toISOString(),
  };
}

/** The result of a task; undefined when it has none. */
export function artifactOf({ id, state, answer }: Task): Artifact | undefined {
  if (state !== 'COMPLETED') return undefined;
  return {
    ...{ artifactId: `${id}-answer`, name: 'answer', description: '' },
    ...{ parts: [textPart(answer)], metadata: undefined, extensions: [] },
  };
}

/** The state that A2A's word stands for; undefined when it stands for none. */
export function stateOf(word: A2aState): TaskState | undefined {
  return (Object.keys(STATES) as TaskState[]).find((state) => STATES[state] === word);
}

export function textPart(value: string): Part {
  return {
    content: { $case: 'text', value },
    metadata: undefined,
    filename: '',
    mediaType: 'text/plain',
  };
}

function askedOf(task: Task): Message {
  return message(
    task,
    Role.ROLE_USER,
    task.text,
    originOf(task.data)?.messageId ?? `${task.id}-asked`,
  );
}

function message(task: Task, role: Role, text: string, messageId: string): Message {
  return {
    ...{ messageId, contextId: contextIdOf(task), taskId: task.id, role },
    ...{ parts: [textPart(text)], metadata: undefined, extensions: [], referenceTaskIds: [] },
  };
}
