import { z } from 'zod';

const words = (most: number) => z.string().trim().min(1).max(most);
const text = (most: number) => z.string().min(1).max(most);

const place = { agentId: words(200).optional(), chatId: words(200).default('main') };

/** What programs say over the bridge. */
export const bridgeMessage = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('agent-task'),
    data: z.object({
      /** The program's own id of the task: said again, it is the same task. */
      taskId: words(200),
      ...place,
      task: text(200_000),
    }),
  }),
  z.object({
    event: z.literal('context-update'),
    data: z.object({ ...place, context: text(65_536) }),
  }),
]);
export type BridgeMessage = z.output<typeof bridgeMessage>;
export type TaskMessage = Extract<BridgeMessage, { event: 'agent-task' }>['data'];
export type UpdateMessage = Extract<BridgeMessage, { event: 'context-update' }>['data'];

/** What is said to programs. */
export type BridgeEvent =
  | { readonly event: 'task-result'; readonly data: { taskId: string; result: string } }
  | { readonly event: 'task-error'; readonly data: { taskId?: string | undefined; error: string } }
  | {
      readonly event: 'context-update';
      readonly data: {
        agentId: string;
        chatId: string;
        context: string;
        timestamp: string;
        source: string;
      };
    };
