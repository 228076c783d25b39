import { z } from 'zod';

const id = z.union([z.string(), z.number()]);
const requestLine = z.object({
  id,
  text: z
    .string({ error: 'text has to be a string' })
    .refine((text) => text.trim() !== '', 'text is blank'),
});
const withId = z.object({ id });

/** A request, or what is wrong with its line. */
export type Line =
  | { readonly id: string | number; readonly text: string }
  | { readonly id?: string | number | undefined; readonly error: string };

/** Reads a line of JSON; never throws. */
export function readLine(line: string): Line {
  const value = parseJson(line.replace(/^\uFEFF/, ''));
  if (value === undefined) return { error: 'the line is not JSON' };
  const result = requestLine.safeParse(value);
  if (result.success) return result.data;
  const known = withId.safeParse(value);
  const [issue] = result.error.issues;
  const problem = known.success ? (issue?.message ?? 'it has a wrong shape') : NO_ID;
  return { ...(known.success ? known.data : {}), error: problem };
}

const NO_ID = 'the line has to be an object with an id (string or number) and a text';

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
