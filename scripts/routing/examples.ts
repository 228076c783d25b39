import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { LABELS } from '../../plugins/plugin-router/src/domain/classify.ts';

const label = z.enum(LABELS);

/** A request of one part, with the department that it is for. */
export const singleExample = z.object({ text: z.string().min(1), label });
export type SingleExample = z.output<typeof singleExample>;

/** A request of several parts, in order. */
export const multiExample = z.object({
  text: z.string().min(1),
  tasks: z
    .array(
      z.object({
        text: z.string().min(1),
        label,
        dependsOn: z.array(z.int().min(0)),
        relation: z.enum(['parallel', 'sequential', 'conditional']).optional(),
      }),
    )
    .min(1),
});
export type MultiExample = z.output<typeof multiExample>;

/** Reads a file of one JSON object a line. */
export function readExamples<Schema extends z.ZodType>(
  file: URL | string,
  schema: Schema,
): z.output<Schema>[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => schema.parse(JSON.parse(line)));
}
