import { z } from 'zod';
import { listed, problemsOf, skillFields, type Checked } from './shortcut.ts';

/** A group of shortcuts, and what holds in a room that works on it. */
export interface Workspace {
  /** The name of its folder: words with hyphens or underscores. */
  readonly name: string;
  readonly description: string;
  readonly shortcuts: readonly string[];
  /** Offices that work in it; the first takes what is nobody's work clearly. */
  readonly offices: readonly string[];
  /** What its agents should know with each request. */
  readonly context: string;
}

const LONGEST_CONTEXT = 4_000;

const workspaceFields = skillFields.extend({
  name: z
    .string()
    .max(64, 'at most 64 characters are allowed')
    .regex(
      /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/,
      'lower case words with _ or - between them are allowed',
    ),
  metadata: z.object({
    shortcuts: listed.refine((names) => names.length > 0, 'name at least one shortcut'),
    agents: listed.optional(),
  }),
});

/** Reads a workspace from the front matter of its file; what follows it is its context. */
export function readWorkspace(fields: unknown, body: string): Checked<Workspace> {
  const parsed = workspaceFields.safeParse(fields);
  if (!parsed.success) return { problems: problemsOf(parsed.error) };
  const { name, description, metadata } = parsed.data;
  const context = body.trim();
  if (context.length > LONGEST_CONTEXT)
    return {
      problems: [
        {
          path: [],
          problem: `the context is longer than ${LONGEST_CONTEXT} characters: shorten it`,
        },
      ],
    };
  const { shortcuts, agents: offices = [] } = metadata;
  const plain = shortcuts.map((shortcut) => shortcut.replace(/^\//, ''));
  return { value: { name, description, shortcuts: plain, offices, context } };
}
