import {
  currentConversation,
  runtimeSettings,
  readSettings,
  ruledAction,
  type ActionCall,
  type ActionOutcome,
} from '@371os/kernel';
import { presentTasks } from '../domain/reply.ts';
import { routerOf } from '../router-of.ts';
import { routerSettings } from '../settings.ts';

/** Hands a request to the agent whose work it is. Only the front desk offers it. */
export const routeTask = ruledAction({
  name: 'ROUTE_TASK',
  similes: ['DELEGATE_REQUEST', 'ASK_COLLEAGUE', 'FORWARD_TO_AGENT'],
  description:
    'Hands the request to the colleague whose work it is and brings back the answer with its cost and the reason for the choice.',
  validate: (runtime) =>
    Promise.resolve(readSettings(routerSettings, runtimeSettings(runtime)).ROUTER_FRONT_DESK),
  // The front desk hands on everything that it is asked, so this goes before any other rule.
  rule: (text) => (text.trim() === '' ? undefined : {}),
  rulePriority: 100,
  example: ['How much runway do we have left?', 'I am asking CFO Maya.'],
  work: handOn,
});

/** Has the right agents do what a message asks for, for an action of the front desk that does not do it itself. */
export async function handOn({
  runtime,
  message,
}: Pick<ActionCall, 'runtime' | 'message'>): Promise<ActionOutcome> {
  const router = await routerOf(runtime);
  const text = currentConversation()?.text ?? message.content.text ?? '';
  const tasks = await router.route(text, message.roomId);
  return {
    text: presentTasks(tasks),
    values: { agents: tasks.map(({ agent }) => agent).join(', ') },
    data: { taskIds: tasks.map(({ id }) => id) },
  };
}
