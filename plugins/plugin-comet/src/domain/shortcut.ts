import { z } from 'zod';
import { readArguments, type Argument } from './argument.ts';
import { readDestination, type Destination } from './destination.ts';

/** A prompt with typed arguments, and what its output has to be. */
export interface Shortcut {
  readonly name: string;
  readonly description: string;
  /** What people say who want it. */
  readonly triggers: readonly string[];
  readonly takes: readonly Argument[];
  readonly format: 'markdown' | 'workflow_diagram';
  /** Headings that the output must have, each with something below it. */
  readonly sections: readonly string[];
  readonly destination: Destination;
  /** The office whose work it is; the router chooses when there is none. */
  readonly office?: string | undefined;
  /** With `{{argument}}` where a value belongs. */
  readonly prompt: string;
}

/** Something wrong with a file: at the line of a field, or so many below it. */
export interface FieldProblem {
  /** Keys that lead to the field; none for what follows the front matter. */
  readonly path: readonly string[];
  readonly below?: number | undefined;
  readonly problem: string;
}

/** A value, or all that keeps it from being one. */
export type Checked<Value> =
  { readonly value: Value } | { readonly problems: readonly FieldProblem[] };

const LONGEST_PROMPT = 16_000;
const PLACEHOLDER = /\{\{\s*([a-z0-9-]+)\s*\}\}/g;
// A file that says nothing of its arguments takes one.
const ANY_SUBJECT = 'subject: text - what it is about';

/** The name of a skill after the Agent Skills specification: that of its folder. */
export const skillName = z
  .string()
  .max(64, 'at most 64 characters are allowed')
  .regex(
    /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/,
    'lower case words with hyphens between them are allowed',
  );

/** Fields that every file has, after the Agent Skills specification. */
export const skillFields = z.object({
  name: skillName,
  description: z
    .string('a sentence is expected that says what it does and when to use it')
    .trim()
    .min(1, 'a sentence is expected')
    .max(1_024, 'at most 1024 characters are allowed'),
  license: z.string().optional(),
  compatibility: z.string().max(500).optional(),
  'allowed-tools': z.string().optional(),
});

const word = z.string('text is expected: put it in quotes').trim();

/** `a; b; c` */
export const listed = word.transform((text) =>
  text
    .split(/[;\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const shortcutFields = skillFields.extend({
  metadata: z
    .object({
      trigger: listed.optional(),
      args: word.default(ANY_SUBJECT),
      output_format: z
        .enum(['markdown', 'workflow_diagram'], 'markdown or workflow_diagram is expected')
        .default('markdown'),
      sections: listed.optional(),
      integration: word.default('room').transform((name, context) => {
        const found = readDestination(name);
        if (typeof found === 'string') return found;
        context.issues.push({ code: 'custom', message: found.problem, input: name });
        return z.NEVER;
      }),
      agent: word.min(1).max(64).optional(),
    })
    .catchall(word)
    .prefault({}),
});

/** Reads a shortcut from the front matter of its file and what follows it. */
export function readShortcut(fields: unknown, body: string): Checked<Shortcut> {
  const parsed = shortcutFields.safeParse(fields);
  if (!parsed.success) return { problems: problemsOf(parsed.error) };
  const { name, description, metadata } = parsed.data;
  const { declared, problems: wrong } = readArguments(metadata.args);
  const problems = [
    ...wrong.map(({ line, problem }) => ({ path: ['metadata', 'args'], below: line, problem })),
    ...problemsOfPrompt(body, declared),
  ];
  if (problems.length > 0) return { problems };
  return {
    value: {
      name,
      description,
      triggers: metadata.trigger ?? [],
      takes: declared,
      format: metadata.output_format,
      sections: metadata.sections ?? [],
      destination: metadata.integration,
      office: metadata.agent,
      prompt: body.trim(),
    },
  };
}

/** What zod has to say, as problems of fields. */
export function problemsOf(error: z.ZodError): FieldProblem[] {
  return error.issues.map(({ path, message }) => ({ path: path.map(String), problem: message }));
}

/** The prompt with the values in their places, and below it those that have none. */
export function fillPrompt(
  { prompt, takes }: Pick<Shortcut, 'prompt' | 'takes'>,
  values: Readonly<Record<string, string>>,
): string {
  const placed = new Set<string>();
  const text = prompt.replace(PLACEHOLDER, (whole, name: string) => {
    placed.add(name);
    return values[name] ?? whole;
  });
  const others = takes
    .map(({ name }) => name)
    .filter((name) => !placed.has(name) && values[name] !== undefined)
    .map((name) => `${name}: ${values[name] ?? ''}`);
  return [text, ...others].join('\n\n');
}

function problemsOfPrompt(body: string, declared: readonly Argument[]): FieldProblem[] {
  const prompt = body.trim();
  const names = declared.map(({ name }) => name);
  const unknown = [...prompt.matchAll(PLACEHOLDER)].filter(
    ([, name = '']) => !names.includes(name),
  );
  return [
    ...unknown.map(({ 0: placeholder, index }) => ({
      path: [],
      below: body.slice(0, body.indexOf(prompt) + index).split('\n').length - 1,
      problem: `${placeholder} is no argument: declare it in metadata.args, or take it out`,
    })),
    ...(prompt === ''
      ? [{ path: [], problem: 'the prompt is missing: write it below the ---' }]
      : []),
    ...(prompt.startsWith('/')
      ? [
          {
            path: [],
            problem: 'the prompt begins with / and would be a command: begin with a word',
          },
        ]
      : []),
    ...(prompt.length > LONGEST_PROMPT
      ? [
          {
            path: [],
            problem: `the prompt is longer than ${LONGEST_PROMPT} characters: shorten it`,
          },
        ]
      : []),
  ];
}
