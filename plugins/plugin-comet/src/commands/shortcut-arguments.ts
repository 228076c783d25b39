import type { CommandArguments } from '@371os/kernel';
import { z } from 'zod';
import { problemOfValue, type Argument } from '../domain/argument.ts';
import { DESTINATIONS } from '../domain/destination.ts';
import type { Shortcut } from '../domain/shortcut.ts';

/**
 * What a shortcut takes as a command: what has to be given stands by its place, and a text at the end
 * takes all words that are left.
 */
export function argumentsOf({
  takes,
}: Shortcut): CommandArguments<Record<string, z.ZodType<string | undefined>>> {
  const places = takes.filter(({ fallback }) => fallback === undefined);
  const fields = takes.map((argument) => [argument.name, fieldOf(argument)] as const);
  return {
    schema: z.object({
      ...Object.fromEntries(fields),
      to: z
        .string()
        .optional()
        .describe(`where the output goes: ${DESTINATIONS.join(', ')}`),
      file: z.string().optional().describe('the name of the file that the output goes to'),
    }),
    positional: places.map(({ name }) => name),
    takesRest: places.at(-1)?.type === 'text',
    switches: takes.filter(({ type }) => type === 'switch').map(({ name }) => name),
  };
}

function fieldOf(argument: Argument): z.ZodType<string | undefined> {
  const { fallback, description, choices, type } = argument;
  const checked = z.string().superRefine((value, context) => {
    const problem = problemOfValue(argument, value);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });
  const words = [
    ...(description === '' ? [] : [description]),
    ...(choices.length === 0 ? [] : [choices.join(' or ')]),
    ...(fallback === undefined || fallback === '' ? [] : [`${fallback} by default`]),
  ];
  const shown = checked.meta({
    ...(choices.length === 0 ? {} : { enum: choices }),
    ...(type === 'integer' ? { type } : {}),
  });
  const field = fallback === undefined ? shown : shown.default(fallback);
  return words.length === 0 ? field : field.describe(words.join('; '));
}
