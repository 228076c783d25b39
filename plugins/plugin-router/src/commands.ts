import { confidentialTwin, typedCommand, type Command } from '@371os/kernel';
import { shortId } from '@371os/plugin-tasks';
import { z } from 'zod';
import { describeAgent } from './domain/availability.ts';
import { describeDestinations, explainDecision, quote } from './domain/decision.ts';
import { routerOf } from './router-of.ts';

/** The router's slash commands. */
export const commands: readonly Command[] = [
  {
    name: 'agents',
    usage: '/agents',
    summary: 'lists who works here, and how busy each is',
    minimumRole: 'guest',
    run: async ({ runtime }) => {
      const router = await routerOf(runtime);
      return (await router.listAgents()).map(describeAgent).join('\n');
    },
  },
  typedCommand({
    name: 'route',
    summary: 'tells where a request would go and why, without having it done',
    minimumRole: 'guest',
    takes: {
      schema: z.object({ request: z.string().describe('the request, in your own words') }),
      positional: ['request'],
      takesRest: true,
    },
    run: async ({ runtime }, { request }) =>
      describeDestinations(await (await routerOf(runtime)).decide(request)),
  }),
  {
    name: 'why',
    usage: '/why',
    summary: 'tells why your last request in this room went where it went, and what it cost',
    minimumRole: 'guest',
    run: async ({ runtime, principal, message }) => {
      const router = await routerOf(runtime);
      const { roomId } = message;
      const rooms = [roomId, confidentialTwin(runtime, roomId)];
      const [last] = await router.lastDecisions({ requesterId: principal.id, rooms }, 1);
      return last ? explainDecision(last) : 'Nothing has been handed on for you in this room yet.';
    },
  },
  {
    name: 'tasks',
    usage: '/tasks',
    summary: 'lists your newest tasks and what became of them',
    minimumRole: 'guest',
    run: async ({ runtime, principal }) => {
      const router = await routerOf(runtime);
      const tasks = await router.listTasks(principal);
      if (tasks.length === 0) return 'There are no tasks yet.';
      return tasks
        .map((task) => `${shortId(task.id)} · ${task.state} · ${task.agent} · ${quote(task)}`)
        .join('\n');
    },
  },
];
