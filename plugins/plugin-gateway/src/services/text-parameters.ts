import { z } from 'zod';

/**
 * What ElizaOS and its plugins pass to a text or object model. They pass nulls and odd numbers
 * too; those count as not given.
 */
export const textParameters = z.object({
  prompt: z.string(),
  system: z.string().optional().catch(undefined),
  maxTokens: z.number().int().positive().optional().catch(undefined),
  temperature: z.number().min(0).max(2).optional().catch(undefined),
  stopSequences: z.array(z.string()).optional().catch(undefined),
  stream: z.boolean().default(false).catch(false),
  schema: z.unknown().optional(),
  isJson: z.boolean().optional(),
});

export type TextParameters = z.output<typeof textParameters>;

/** Reads the parameters of a call; plain text is a prompt. @throws z.ZodError without a prompt */
export function readTextParameters(raw: unknown): TextParameters {
  if (typeof raw === 'string') return textParameters.parse({ prompt: raw });
  const given = typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : {};
  return textParameters.parse({ ...given, isJson: wantsJson(given['responseFormat']) });
}

function wantsJson(format: unknown): boolean {
  const type =
    typeof format === 'object' && format !== null && 'type' in format ? format.type : format;
  return type === 'json_object';
}
