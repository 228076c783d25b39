/** One argument of a shortcut, as its file declares it. */
export interface Argument {
  /** Lower case, with hyphens. */
  readonly name: string;
  readonly type: 'text' | 'integer' | 'switch' | 'choice';
  /** What a choice may be. */
  readonly choices: readonly string[];
  readonly minimum: number;
  readonly maximum: number;
  /** What it is when nobody says; without one it has to be given. */
  readonly fallback?: string | undefined;
  readonly description: string;
}

/** A line that declares no argument, counted from 0, and why. */
export interface ArgumentProblem {
  readonly line: number;
  readonly problem: string;
}

const LINE =
  /^(?<name>[a-z][a-z0-9-]{0,39})\s*:\s*(?<type>[^=\s]+(?:\s+-?\d+\.\.-?\d+)?)\s*(?:=\s*(?<fallback>.*?))?(?:\s+-\s+(?<description>.+))?$/;
const RANGE = /^integer(?:\s+(?<minimum>-?\d+)\.\.(?<maximum>-?\d+))?$/;
const CHOICES = /^[a-z0-9-]+(?:\|[a-z0-9-]+)+$/;
const FORM = 'write "name: type = default - description", such as "depth: brief|full = full"';
const TYPES = 'text, switch, integer, "integer 1..20", or choices such as brief|full';
const MOST = 20;
// What every shortcut takes: where its output goes.
const TAKEN = ['to', 'file'];

/**
 * Reads declarations, one a line: `subject: text - what it is about`, `depth: brief|full = full`,
 * `pages: integer 1..20 = 5`, `draft: switch`. What has no default has to be given.
 */
export function readArguments(text: string): {
  readonly declared: readonly Argument[];
  readonly problems: readonly ArgumentProblem[];
} {
  const declared: Argument[] = [];
  const problems: ArgumentProblem[] = [];
  for (const [line, words] of text.split('\n').entries()) {
    if (words.trim() === '') continue;
    const found = readLine(words.trim(), declared);
    if (typeof found === 'string') problems.push({ line, problem: found });
    else declared.push(found);
  }
  return { declared, problems };
}

function readLine(words: string, before: readonly Argument[]): Argument | string {
  const parts = LINE.exec(words)?.groups;
  if (!parts) return `"${words.slice(0, 60)}" declares no argument: ${FORM}`;
  const { name = '', type: typed = '', fallback, description = '' } = parts;
  const type = readType(typed);
  if (!type) return `${name} cannot be of type "${typed}": ${TYPES}`;
  if (TAKEN.includes(name)) return `every shortcut takes --${name}: choose another name`;
  if (before.some((other) => other.name === name)) return `${name} is there twice`;
  if (before.length >= MOST) return `there are more than ${MOST} arguments`;
  const argument = { ...type, name, description: description.trim() };
  if (type.type === 'switch') return { ...argument, fallback: fallback ?? 'false' };
  const problem = fallback === undefined ? undefined : problemOfValue(argument, fallback);
  return problem === undefined ? { ...argument, fallback } : `the default of ${name}: ${problem}`;
}

function readType(
  typed: string,
): Pick<Argument, 'type' | 'choices' | 'minimum' | 'maximum'> | undefined {
  const open = { choices: [], minimum: -1_000_000_000, maximum: 1_000_000_000 };
  if (typed === 'text' || typed === 'switch') return { ...open, type: typed };
  if (CHOICES.test(typed)) return { ...open, type: 'choice', choices: typed.split('|') };
  const range = RANGE.exec(typed)?.groups;
  if (!range) return undefined;
  const minimum = Number(range['minimum'] ?? open.minimum);
  const maximum = Number(range['maximum'] ?? open.maximum);
  return minimum > maximum ? undefined : { ...open, type: 'integer', minimum, maximum };
}

/** What is wrong with a value, for a sentence; undefined when it is good. */
export function problemOfValue(
  { type, choices, minimum, maximum }: Argument,
  value: string,
): string | undefined {
  switch (type) {
    case 'text':
      return value.trim() === '' ? 'a text is expected' : undefined;
    case 'choice':
      return choices.includes(value) ? undefined : `one of ${choices.join(', ')} is expected`;
    case 'switch':
      return ['true', 'false'].includes(value) ? undefined : 'true or false is expected';
    case 'integer': {
      const isGood = /^-?\d{1,10}$/.test(value) && +value >= minimum && +value <= maximum;
      return isGood ? undefined : `a whole number from ${minimum} to ${maximum} is expected`;
    }
  }
}
