import { quoteArgument, type Command, type CommandArgument } from '@371os/kernel';
import { z } from 'zod';
import { shorten } from './command-menu.ts';

/** What a command of Discord needs to know of one of ours. */
export type SlashCommand = Pick<Command, 'name' | 'usage' | 'summary' | 'takes'>;

/** A slash command as Discord's REST interface takes it. */
export interface ApplicationCommand {
  readonly type: 1;
  readonly name: string;
  readonly description: string;
  readonly options: readonly ApplicationOption[];
}

/** Something that a person fills in. */
export interface ApplicationOption {
  readonly type: (typeof OPTION_TYPES)[keyof typeof OPTION_TYPES];
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly choices?: readonly { readonly name: string; readonly value: string }[];
}

/** What a person has filled in, by the names of the options. */
export type GivenOptions = Readonly<Record<string, string | number | boolean>>;

// https://discord.com/developers/docs/interactions/application-commands#application-command-object
const CHAT_INPUT = 1;
const OPTION_TYPES = { string: 3, integer: 4, boolean: 5, number: 10 } as const;
const NAME = /^[-_\p{L}\p{N}]{1,32}$/u;
const MOST_COMMANDS = 100;
const MOST_OPTIONS = 25;
const MOST_CHOICES = 25;
const LONGEST_DESCRIPTION = 100;
const LONGEST_CHOICE = 100;
// Discord has allowed 8,000 for some time, older documents of it 4,000; options alone are below both.
const LONGEST_COMMAND = 4_000;

/** The commands of an agent as Discord takes them. What it cannot express can only be typed. */
export function applicationCommands(commands: Iterable<SlashCommand>): ApplicationCommand[] {
  return [...commands]
    .filter(isExpressible)
    .sort((left, right) => left.name.localeCompare(right.name))
    .slice(0, MOST_COMMANDS)
    .map((command) => {
      const { name, summary } = command;
      const description = shorten(summary, LONGEST_DESCRIPTION) || name;
      const options = optionsOf(command);
      return withinLength({ type: CHAT_INPUT, name, description, options });
    });
}

/**
 * The chat line that stands for what a person has filled in. Whatever is in a value, the command reads
 * it as that value alone.
 */
export function commandLine({ name, takes }: SlashCommand, given: GivenOptions): string {
  const words = takes ? wordsOf(takes, given) : Object.values(given).map(String);
  return [`/${name}`, ...words].join(' ');
}

function isExpressible({ name, takes = [] }: SlashCommand): boolean {
  const needed = takes.filter(({ isOptional }) => !isOptional);
  return (
    isName(name) &&
    needed.length <= MOST_OPTIONS &&
    needed.every((argument) => isName(argument.name))
  );
}

// Letters that have a lower case are in it.
function isName(text: string): boolean {
  return NAME.test(text) && text === text.toLowerCase();
}

function optionsOf({ usage, takes }: SlashCommand): ApplicationOption[] {
  return takes
    ? takes
        .filter(({ name }) => isName(name))
        .sort(neededFirst)
        .slice(0, MOST_OPTIONS)
        .map(optionOf)
    : wholeArgument(usage);
}

function neededFirst(left: CommandArgument, right: CommandArgument): number {
  return Number(left.isOptional) - Number(right.isOptional);
}

function optionOf(argument: CommandArgument): ApplicationOption {
  const { name, description = '', isOptional } = argument;
  const { kind, choices } = contentOf(argument);
  return {
    type: OPTION_TYPES[kind],
    name,
    description: shorten(description, LONGEST_DESCRIPTION) || name,
    required: !isOptional,
    ...(choices.length === 0 ? {} : { choices }),
  };
}

const types = z.union([z.string(), z.array(z.string())]).default([]);
const described = z.object({
  type: types,
  anyOf: z.array(z.object({ type: types })).default([]),
  enum: z
    .array(z.string().min(1).max(LONGEST_CHOICE))
    .min(1)
    .max(MOST_CHOICES)
    .optional()
    .catch(undefined),
});

function contentOf({ form, schema }: CommandArgument): {
  kind: keyof typeof OPTION_TYPES;
  choices: { name: string; value: string }[];
} {
  const {
    type,
    anyOf,
    enum: values = [],
  } = described.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  const kinds = [type, ...anyOf.map((part) => part.type)].flat();
  const isKind = (kind: string): boolean => kinds.includes(kind);
  const choices = [...new Set(values)].map((value) => ({ name: value, value }));
  if (form === 'switch' || isKind('boolean')) return { kind: 'boolean', choices: [] };
  if (isKind('integer')) return { kind: 'integer', choices: [] };
  return isKind('number') ? { kind: 'number', choices: [] } : { kind: 'string', choices };
}

// A command that reads its argument itself has one option: `/approve ID` takes an id.
function wholeArgument(usage: string): ApplicationOption[] {
  const shown = usage.replace(/^\S+\s*/, '').trim();
  if (shown === '') return [];
  const word = /^\[?(?<word>[A-Z]+)\]?$/.exec(shown)?.groups?.['word']?.toLowerCase();
  return [
    {
      type: OPTION_TYPES.string,
      name: word !== undefined && isName(word) ? word : 'arguments',
      description: shorten(shown, LONGEST_DESCRIPTION),
      required: !shown.startsWith('['),
    },
  ];
}

function withinLength(command: ApplicationCommand): ApplicationCommand {
  const { name, description, options } = command;
  const texts = options.flatMap((option) => [
    ...[option.name, option.description],
    ...(option.choices ?? []).flatMap((choice) => [choice.name, choice.value]),
  ]);
  const length = [name, description, ...texts].join('').length;
  if (length <= LONGEST_COMMAND) return command;
  return { ...command, options: options.map(({ choices: _, ...option }) => option) };
}

function wordsOf(takes: readonly CommandArgument[], given: GivenOptions): string[] {
  const words: string[] = [];
  let isInPlace = true;
  for (const { name, form } of takes) {
    const value = given[name];
    // A place is counted from the first; behind one that is left out, all have their names.
    isInPlace &&= form === 'place' && value !== undefined;
    if (value === undefined) continue;
    if (isInPlace) words.push(quoteArgument(String(value)));
    else if (form === 'switch') words.push(value === true ? `--${name}` : `--${name}=false`);
    else words.push(`--${name}`, quoteArgument(String(value)));
  }
  return words;
}
