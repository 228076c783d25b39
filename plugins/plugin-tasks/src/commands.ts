import type { Command } from '@371os/kernel';
import { describeTask } from './domain/task-words.ts';
import { tasksOf } from './services/tasks-service.ts';

/** The slash commands for tasks; `/tasks` is the router's. */
export const commands: readonly Command[] = [
  {
    name: 'cancel',
    usage: '/cancel ID',
    summary: 'ends a task and its parts; /tasks shows the ids',
    minimumRole: 'guest',
    run: async ({ runtime, principal, argument }) => {
      const tasks = await tasksOf(runtime);
      const canceled = await tasks.cancel(await tasks.findId(argument), principal);
      return describeTask(canceled);
    },
  },
];
