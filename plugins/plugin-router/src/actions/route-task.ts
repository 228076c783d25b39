import type { Handler } from '@elizaos/core';
import {
  currentConversation,
  runtimeSettings,
  readSettings,
  toActionResult,
  type RuledAction,
} from '@371os/kernel';
import { presentTasks } from '../domain/reply.ts';
import { routerOf } from '../router-of.ts';
import { routerSettings } from '../settings.ts';

const NAME = 'ROUTE_TASK';

const handler: Handler = (runtime, message, _state, _options, callback) =>
  toActionResult(NAME, message, callback, async () => {
    const router = await routerOf(runtime);
    const text = currentConversation()?.text ?? message.content.text ?? '';
    const tasks = await router.route(text, message.roomId);
    return {
      text: presentTasks(tasks),
      values: { agents: tasks.map(({ agent }) => agent).join(', ') },
      data: { taskIds: tasks.map(({ id }) => id) },
    };
  });

/** Hands a request to the agent whose work it is. Only the front desk offers it. */
export const routeTask: RuledAction & { rulePriority: number } = {
  name: NAME,
  similes: ['DELEGATE_REQUEST', 'ASK_COLLEAGUE', 'FORWARD_TO_AGENT'],
  description:
    'Hands the request to the colleague whose work it is and brings back the answer with its cost and the reason for the choice.',
  validate: (runtime) =>
    Promise.resolve(readSettings(routerSettings, runtimeSettings(runtime)).ROUTER_FRONT_DESK),
  handler,
  // The front desk hands on everything that it is asked, so this goes before any other rule.
  rule: (text) => (text.trim() === '' ? undefined : {}),
  rulePriority: 100,
  examples: [
    [
      { name: '{{user1}}', content: { text: 'How much runway do we have left?' } },
      {
        name: '{{agent}}',
        content: { text: 'I am asking CFO Maya.', actions: [NAME] },
      },
    ],
  ],
};
