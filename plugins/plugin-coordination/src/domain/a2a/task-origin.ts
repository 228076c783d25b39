import { z } from 'zod';

/** What a task that came over A2A keeps of its message. */
const taskOrigin = z.object({
  kind: z.literal('a2a'),
  /** The client's id of the conversation. */
  contextId: z.string(),
  messageId: z.string(),
});
export type TaskOrigin = z.output<typeof taskOrigin>;

const withOrigin = z.object({ origin: taskOrigin });

/** Undefined when the task did not come over A2A. */
export function originOf(data: unknown): TaskOrigin | undefined {
  const parsed = withOrigin.safeParse(data);
  return parsed.success ? parsed.data.origin : undefined;
}
