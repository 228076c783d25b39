import type { IAgentRuntime } from '@elizaos/core';
import { formatUsd } from '@371os/kernel';
import type { Task, TasksService, TaskState } from '@371os/plugin-tasks';
import type { TaskLine } from '../domain/panels.ts';
import type { PanelSource } from '../ports/panel-source.ts';
import { panelOf } from './colleagues.ts';

const MOST_OPEN = 100;
const MOST_ENDED = 15;

/** What is worked on or waits, and what has ended last. */
export function queuePanel(runtime: IAgentRuntime): PanelSource<'queue'> {
  return panelOf<'queue', TasksService>({
    ...{ name: 'queue', everyMs: 1_000, runtime },
    ...{ service: 'tasks', plugin: '@371os/plugin-tasks' },
    read: async (tasks) => {
      const { hasEnded, TASK_STATES } = await import('@371os/plugin-tasks');
      const open = TASK_STATES.filter((state) => !hasEnded(state));
      const ended = TASK_STATES.filter(hasEnded);
      const newest = async (states: readonly TaskState[], limit: number): Promise<TaskLine[]> =>
        (await tasks.list({ states, limit })).map(lineOf);
      return { open: await newest(open, MOST_OPEN), ended: await newest(ended, MOST_ENDED) };
    },
  });
}

function lineOf(task: Task): TaskLine {
  const { id, agent, state, attempt, requester, costPico, createdAt, updatedAt } = task;
  return {
    ...{ id, agent, state, attempt, requester: requester.id },
    text: task.isConfidential ? null : task.text,
    waitingFor: task.waitingFor ?? null,
    costUsd: formatUsd(costPico),
    createdAtMs: createdAt,
    updatedAtMs: updatedAt,
  };
}
