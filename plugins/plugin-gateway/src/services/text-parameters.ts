import { z } from 'zod';
import type { Sampling } from '../domain/model-call.ts';
import { MissingPromptError } from '../errors.ts';

const fraction = z.number().min(-2).max(2).optional().catch(undefined);

/**
 * What ElizaOS and its plugins pass to a text or object model. They pass nulls and odd numbers
 * too; those count as not given.
 */
const textParameters = z.object({
  prompt: z.string(),
  system: z.string().optional().catch(undefined),
  maxTokens: z.number().int().positive().optional().catch(undefined),
  temperature: z.number().min(0).max(2).optional().catch(undefined),
  topP: z.number().gt(0).max(1).optional().catch(undefined),
  frequencyPenalty: fraction,
  presencePenalty: fraction,
  seed: z.number().int().optional().catch(undefined),
  stopSequences: z.array(z.string()).optional().catch(undefined),
  responseFormat: z.unknown().optional(),
  schema: z.unknown().optional(),
  stream: z.boolean().default(false).catch(false),
});

/** A text call as it was asked for. */
export interface TextParameters {
  readonly prompt: string;
  readonly system: string | undefined;
  readonly maxTokens: number | undefined;
  readonly sampling: Sampling;
  readonly isJson: boolean;
  /** A JSON schema for an object, if the caller has one. */
  readonly schema: unknown;
  readonly stream: boolean;
}

/** Reads the parameters of a call; plain text is a prompt. @throws MissingPromptError */
export function readTextParameters(raw: unknown): TextParameters {
  const parsed = textParameters.safeParse(typeof raw === 'string' ? { prompt: raw } : raw);
  if (!parsed.success) throw new MissingPromptError();
  const { prompt, system, maxTokens, responseFormat, schema, stream, ...sampling } = parsed.data;
  return { prompt, system, maxTokens, sampling, isJson: wantsJson(responseFormat), schema, stream };
}

function wantsJson(format: unknown): boolean {
  const type =
    typeof format === 'object' && format !== null && 'type' in format ? format.type : format;
  return type === 'json_object';
}

/** The words in the parameters of any call, for what must be known of them; pictures have none. */
export function textOfParameters(raw: unknown): string {
  if (typeof raw === 'string') return raw;
  if (typeof raw !== 'object' || raw === null || ArrayBuffer.isView(raw)) return '';
  return Object.values(raw)
    .filter((value) => typeof value === 'string')
    .join('\n');
}
