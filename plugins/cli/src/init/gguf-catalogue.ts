import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { GgufCatalogueError } from '../errors.ts';

const SHIPPED = fileURLToPath(new URL('../../gguf-models.json', import.meta.url));

const entry = z.strictObject({
  /** For people, who choose by it. */
  title: z.string().min(1).max(200),
  /** What it is called in the data directory. */
  file: z.string().regex(/^[\w][\w.-]{0,120}\.gguf$/, 'the name of a .gguf file is expected'),
  /** One that always leads to the same bytes. */
  url: z.url({ protocol: /^https?$/, error: 'an http(s) address is expected' }),
  sizeBytes: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 small hexadecimal digits are expected'),
  licence: z.string().min(1).max(80),
});

const file = z.strictObject({
  models: z.record(z.string().regex(/^[a-z0-9][a-z0-9.-]{0,60}$/), entry),
});

/** A model file that can be had, and by what it is known. */
export interface GgufEntry extends Readonly<z.output<typeof entry>> {
  readonly name: string;
}

/**
 * The model files that can be had: the shipped ones, and those of a file of the user's above them.
 * @throws GgufCatalogueError naming the file and what is wrong in it
 */
export function readGgufCatalogue(ownFile?: string): GgufEntry[] {
  const models = { ...read(SHIPPED), ...(ownFile === undefined ? {} : read(ownFile)) };
  return Object.entries(models).map(([name, model]) => ({ name, ...model }));
}

function read(path: string): z.output<typeof file>['models'] {
  const { data, error } = file.safeParse(json(path));
  if (data) return data.models;
  const [issue] = error.issues;
  const place = issue?.path.map(String).join('.') ?? '';
  throw new GgufCatalogueError({
    path,
    problem: `${place ? `${place}: ` : ''}${issue?.message ?? 'it has a wrong shape'}`,
  });
}

function json(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const problem = error instanceof SyntaxError ? 'it is not JSON' : 'it cannot be read';
    throw new GgufCatalogueError({ path, problem });
  }
}
