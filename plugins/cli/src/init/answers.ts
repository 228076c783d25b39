import { z } from 'zod';
import { AnswersError } from '../errors.ts';
import type { Section } from './sections.ts';

const MOST_CHARACTERS = 1_000_000;
const value = z.union([z.string(), z.number(), z.boolean()]).transform(String).nullable();
const answers = z.record(z.string(), value);

/**
 * The answers in a JSON object of settings; what is null or empty is not answered.
 * @throws AnswersError, which shows no value
 */
export function parseAnswers(text: string): Record<string, string> {
  if (text.length > MOST_CHARACTERS) throw new AnswersError({ problem: 'there are too many' });
  const { data } = answers.safeParse(jsonOf(text));
  if (!data) throw new AnswersError({ problem: 'a JSON object of settings is expected' });
  return Object.fromEntries(
    Object.entries(data).flatMap(([name, answer]) => (answer?.trim() ? [[name, answer]] : [])),
  );
}

// What JSON.parse says of a mistake shows what stands around it.
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AnswersError({ problem: 'they are not JSON' });
  }
}

/** The answers as they are written into the file. @throws AnswersError naming the setting */
export function checkedAnswers(
  given: Readonly<Record<string, string>>,
  sections: readonly Section[],
): Record<string, string> {
  const fields = sections.flatMap((section) => section.fields);
  return Object.fromEntries(
    fields.flatMap(({ setting, schema }) => {
      const answer = given[setting];
      if (answer === undefined) return [];
      const { data, error } = schema.safeParse(answer);
      if (data !== undefined) return [[setting, data] as const];
      throw new AnswersError({ problem: `${setting}: ${error.issues[0]?.message ?? 'wrong'}` });
    }),
  );
}
