import { z } from 'zod';

// A program passes JSON, a language model passes words in a tag. Numbers become the decimal text
// that they were written as, and are never computed with.

/** A number or its words, as text. */
export const figure = z.union([z.string(), z.number()]).transform(String);

/** One list item or several. */
export const figures = z.union([figure.transform((text) => [text]), z.array(figure)]);

/** Words that a reader takes apart, or the things themselves. */
export function wordsOr<Thing>(
  read: (text: string) => Thing[],
  thing: z.ZodType<Thing>,
): z.ZodType<Thing[]> {
  return z.union([
    z.array(thing),
    z.string().transform((text) => readJson(text, thing) ?? read(text)),
  ]);
}

// Models like to write a list as JSON inside a tag.
function readJson<Thing>(text: string, thing: z.ZodType<Thing>): Thing[] | undefined {
  try {
    const parsed = z.array(thing).safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
