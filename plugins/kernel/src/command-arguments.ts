import type { z } from 'zod';
import { BaseError } from './errors.ts';
import { nearestOf } from './nearest.ts';

/** What a command takes: a field of the schema each, given by its place or as a flag. */
export interface CommandArguments<Shape extends z.ZodRawShape = z.ZodRawShape> {
  /** Its fields read text; `describe` says in `/help NAME` what each is. */
  readonly schema: z.ZodObject<Shape>;
  /** Fields that are given by their place, in order; every field can be given as `--name value`, too. */
  readonly positional?: readonly (keyof Shape & string)[] | undefined;
  /** The last field by place takes all words that are left, line breaks included. */
  readonly takesRest?: boolean | undefined;
  /** Flags without a value: `--dry-run` is `true`. */
  readonly switches?: readonly (keyof Shape & string)[] | undefined;
}

/** One thing that a command takes, as people see it. */
export interface CommandArgument {
  /** As it is typed: `max-cost`. */
  readonly name: string;
  readonly description: string | undefined;
  readonly isOptional: boolean;
  /** How it is given: `rest` is the place that takes all words that are left. */
  readonly form: 'place' | 'rest' | 'flag' | 'switch';
  /** What text it reads. */
  readonly schema: z.ZodType;
}

/** What was typed behind a command does not fit it. */
export class InvalidArgumentsError extends BaseError {
  constructor({ name, problem, usage }: { name: string; problem: string; usage: string }) {
    super(`${problem} Write ${usage}; /help ${name} tells more.`, { details: { command: name } });
  }
}

const WORD = /^(?:"(?<quoted>[^"]*(?:""[^"]*)*)"|“(?<curly>[^”]*)”)(?=\s|$)|^(?<bare>\S+)/;
// Phones make a long dash of two short ones.
const FLAG = /^(?:--|—)(?<flag>[a-z][a-z0-9-]*)(?:=(?<value>"[^"]*(?:""[^"]*)*"|\S*))?(?=\s|$)/i;
const END_OF_FLAGS = /^--(?=\s|$)/;

/**
 * Reads what follows a command's name: words by their place, `--flag value`, `--flag=value`, `--switch`;
 * double quotes keep words together, two of them within are one, and nothing behind a lone `--` is a flag.
 * @throws InvalidArgumentsError
 */
export function parseArguments<Shape extends z.ZodRawShape>(
  name: string,
  text: string,
  wanted: CommandArguments<Shape>,
): z.output<z.ZodObject<Shape>> {
  const refuse = (problem: string): InvalidArgumentsError =>
    new InvalidArgumentsError({ name, problem, usage: usageOf(name, wanted) });
  const given = new ArgumentReader(text, wanted as unknown as CommandArguments, refuse).read();
  const result = wanted.schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = String(issue?.path[0] ?? '');
  const value = given[field];
  if (value === undefined) throw refuse(`${nameOf(field, wanted)} is missing.`);
  const message = issue?.message ?? 'it is not valid';
  throw refuse(`${nameOf(field, wanted)} cannot be "${value.slice(0, 60)}": ${message}.`);
}

/** `/name PLACE [PLACE] [--flag VALUE]` */
export function usageOf<Shape extends z.ZodRawShape>(
  name: string,
  wanted: CommandArguments<Shape>,
): string {
  const words = argumentsIn(wanted).map((argument) => {
    const word = shownName(argument);
    const shown = argument.form === 'flag' ? `${word} VALUE` : word;
    return argument.isOptional ? `[${shown}]` : shown;
  });
  return [`/${name}`, ...words].join(' ');
}

/** What a command takes: places in their order, then flags. */
export function argumentsIn<Shape extends z.ZodRawShape>(
  wanted: CommandArguments<Shape>,
): CommandArgument[] {
  const { positional = [], schema } = wanted;
  const places: readonly string[] = positional;
  const flags = Object.keys(schema.shape).filter((field) => !places.includes(field));
  return [...places, ...flags].map((field) => argumentOf(field, wanted));
}

/** A value as one word of a command's arguments, whatever is in it. */
export function quoteArgument(value: string): string {
  return PLAIN.test(value) ? value : `"${value.replaceAll('"', '""')}"`;
}

const PLAIN = /^[\p{L}\p{N}/][^\s"“”]*$/u;

/** One line for each argument. */
export function describeArguments<Shape extends z.ZodRawShape>(
  wanted: CommandArguments<Shape>,
): string {
  return Object.keys(wanted.schema.shape)
    .map((field) => argumentOf(field, wanted))
    .map((argument) => {
      const { description } = argument;
      return `  ${shownName(argument)}${description === undefined ? '' : `: ${description}`}`;
    })
    .join('\n');
}

function argumentOf<Shape extends z.ZodRawShape>(
  field: string,
  wanted: CommandArguments<Shape>,
): CommandArgument {
  const schema = wanted.schema.shape[field] as unknown as z.ZodType;
  const { description } = schema;
  const isOptional = schema.safeParse(undefined).success;
  return { name: typedName(field), description, isOptional, form: formOf(field, wanted), schema };
}

function formOf<Shape extends z.ZodRawShape>(
  field: string,
  wanted: CommandArguments<Shape>,
): CommandArgument['form'] {
  const places: readonly string[] = wanted.positional ?? [];
  if (!places.includes(field)) return isSwitch(field, wanted) ? 'switch' : 'flag';
  return wanted.takesRest && field === places.at(-1) ? 'rest' : 'place';
}

function shownName({ name, form }: CommandArgument): string {
  const isPlace = form === 'place' || form === 'rest';
  return isPlace ? name.toUpperCase().replaceAll('-', '_') : `--${name}`;
}

/** `maxCost` as people type it: `max-cost`. */
function typedName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function nameOf<Shape extends z.ZodRawShape>(
  field: string,
  wanted: CommandArguments<Shape>,
): string {
  return shownName(argumentOf(field, wanted));
}

function isSwitch<Shape extends z.ZodRawShape>(
  field: string,
  { switches = [] }: CommandArguments<Shape>,
): boolean {
  return (switches as readonly string[]).includes(field);
}

/** Goes through the text from left to right, and keeps what it finds by field. */
class ArgumentReader {
  readonly #wanted: CommandArguments;
  readonly #refuse: (problem: string) => Error;
  readonly #fields: ReadonlyMap<string, string>;
  readonly #places: string[];
  readonly #given: Record<string, string> = {};
  readonly #rest: string[] = [];
  #text: string;
  #mayBeFlag = true;

  constructor(text: string, wanted: CommandArguments, refuse: (problem: string) => Error) {
    this.#text = text;
    this.#wanted = wanted;
    this.#refuse = refuse;
    const names = Object.keys(wanted.schema.shape);
    this.#fields = new Map(names.map((field) => [typedName(field), field]));
    this.#places = [...(wanted.positional ?? [])];
  }

  read(): Readonly<Record<string, string>> {
    this.#skipSpace();
    while (this.#text !== '') {
      if (!this.#readFlag()) this.#readPlace();
      this.#skipSpace();
    }
    const rest = this.#rest.join(' ').trim();
    const last = this.#wanted.positional?.at(-1);
    if (rest !== '' && last !== undefined) this.#keep(last, unquoted(rest));
    return this.#given;
  }

  #skipSpace(): void {
    this.#text = this.#text.trimStart();
  }

  #readFlag(): boolean {
    if (!this.#mayBeFlag) return false;
    const end = END_OF_FLAGS.exec(this.#text);
    if (end) {
      this.#mayBeFlag = false;
      this.#advance(end[0].length);
      return true;
    }
    const match = FLAG.exec(this.#text);
    const flag = match?.groups?.['flag']?.toLowerCase();
    if (!match || flag === undefined) return false;
    const field = this.#fields.get(flag);
    if (field === undefined) return this.#refuseFlag(flag);
    this.#advance(match[0].length);
    const value = match.groups?.['value'];
    if (value !== undefined) this.#keep(field, unquoted(value));
    else if (isSwitch(field, this.#wanted)) this.#keep(field, 'true');
    else this.#keep(field, this.#valueOf(flag));
    return true;
  }

  // Free text may well have two dashes in it, as long as nobody can have meant a flag.
  #refuseFlag(flag: string): false {
    const near = nearestOf(flag, this.#fields.keys());
    if (near === undefined && this.#takesText()) return false;
    const hint = near === undefined ? '' : ` Did you mean --${near}?`;
    throw this.#refuse(`There is no --${flag}.${hint}`);
  }

  #takesText(): boolean {
    return this.#wanted.takesRest === true && this.#places.length <= 1;
  }

  #valueOf(flag: string): string {
    this.#skipSpace();
    const isNext = FLAG.test(this.#text) || this.#text === '';
    if (isNext) throw this.#refuse(`--${flag} needs a value.`);
    return this.#word();
  }

  #readPlace(): void {
    if (this.#takesText() && this.#places.length > 0) {
      this.#rest.push(this.#untilFlag());
      return;
    }
    const field = this.#places.shift();
    const word = this.#word();
    if (field === undefined) throw this.#refuse(`"${word.slice(0, 60)}" is too much.`);
    this.#keep(field, word);
  }

  #untilFlag(): string {
    const start = this.#text;
    const first = /^\S+/.exec(start)?.[0].length ?? start.length;
    const isFlag = ({ index }: RegExpExecArray): boolean => {
      const at = start.slice(index).trimStart();
      const flag = FLAG.exec(at)?.groups?.['flag']?.toLowerCase();
      if (END_OF_FLAGS.test(at)) return true;
      return flag !== undefined && nearestOf(flag, this.#fields.keys()) !== undefined;
    };
    const gaps = this.#mayBeFlag ? start.matchAll(/\s+/g) : [];
    const next = [...gaps].find((gap) => gap.index >= first && isFlag(gap));
    const length = next?.index ?? start.length;
    this.#advance(length);
    return start.slice(0, length);
  }

  #word(): string {
    const match = WORD.exec(this.#text);
    this.#advance(match?.[0].length ?? this.#text.length);
    const { quoted, curly, bare } = match?.groups ?? {};
    return quoted?.replaceAll('""', '"') ?? curly ?? bare ?? '';
  }

  #advance(length: number): void {
    this.#text = this.#text.slice(length);
  }

  #keep(field: string, value: string): void {
    if (field in this.#given)
      throw this.#refuse(`${nameOf(field, this.#wanted)} is there more than once.`);
    this.#given[field] = value;
  }
}

function unquoted(text: string): string {
  const { quoted, curly } =
    /^"(?<quoted>[^"]*(?:""[^"]*)*)"$|^“(?<curly>[^”]*)”$/.exec(text)?.groups ?? {};
  return quoted?.replaceAll('""', '"') ?? curly ?? text;
}
