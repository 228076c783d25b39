import type { z } from 'zod';
import { InvalidToolRequestError } from '../errors.ts';

/**
 * The fields of an action on a tool.
 * @throws InvalidToolRequestError that names the first field that cannot be read
 */
export function parseToolRequest<Output>(
  schema: z.ZodType<Output>,
  asked: Record<string, unknown>,
): Output {
  const parsed = schema.safeParse(asked);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InvalidToolRequestError({
    field: issue?.path.join('.') ?? '',
    problem: issue?.message ?? 'it cannot be read',
  });
}
