import { ROLES } from '@371os/kernel';
import { z } from 'zod';
import { storable } from '../domain/outcome.ts';
import type { NewTask } from '../domain/task.ts';
import { InvalidTaskError } from '../errors.ts';

const MOST_TEXT = 1_000_000;
const MOST_MS = 82_800_000;

const name = z.string().transform(storable).pipe(z.string().min(1).max(200));
const id = name.pipe(z.string().regex(/^\S+$/, 'an id without spaces is expected'));
const longText = z.string().max(MOST_TEXT).transform(storable);
const newTask = z.object({
  id: id.optional(),
  agent: name,
  text: longText,
  reason: longText.default(''),
  requester: z.object({ id: name, role: z.enum(ROLES) }),
  roomId: z.string().max(200).transform(storable),
  isConfidential: z.boolean(),
  parentId: id.optional(),
  dependsOn: z.array(id).max(100).default([]),
  priority: z.int().min(1).max(10).default(5),
  timeoutMs: z.int().min(1).max(MOST_MS).optional(),
  maxAttempts: z.int().min(1).max(20).optional(),
  idempotencyKey: name.optional(),
  data: z
    .unknown()
    .optional()
    .transform((data, context) => {
      try {
        const text = JSON.stringify(data) as string | undefined;
        return text ?? null;
      } catch {
        context.addIssue({ code: 'custom', message: 'JSON is expected' });
        return z.NEVER;
      }
    }),
});

/** A new task that can be kept. Its data is JSON already. */
export type CheckedTask = z.output<typeof newTask> & { readonly id: string };

/** @throws InvalidTaskError */
export function checkTask(task: NewTask, newId: () => string): CheckedTask {
  const result = newTask.safeParse(task);
  if (result.success) return { ...result.data, id: result.data.id ?? newId() };
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new InvalidTaskError({ problem: `${where}: ${issue?.message ?? 'wrong'}` });
}
