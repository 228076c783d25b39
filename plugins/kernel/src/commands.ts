import type { IAgentRuntime, Memory } from '@elizaos/core';
import type { z } from 'zod';
import {
  argumentsIn,
  describeArguments,
  parseArguments,
  usageOf,
  type CommandArgument,
  type CommandArguments,
} from './command-arguments.ts';
import { nearestOf } from './nearest.ts';
import { hasRole, NotPermittedError, type Principal, type Role } from './principal.ts';

export interface CommandCall {
  readonly runtime: IAgentRuntime;
  readonly message: Memory;
  readonly principal: Principal;
  /** What follows the command's name, trimmed. */
  readonly argument: string;
}

/** A slash command: parsed before any model, so it costs nothing and cannot be talked around. */
export interface Command {
  /** Without the slash, lower case. */
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly minimumRole: Role;
  /** What `/help NAME` says beside that. */
  readonly details?: string | undefined;
  /** What it takes, where it reads it by a schema. */
  readonly takes?: readonly CommandArgument[] | undefined;
  /** Returns the answer. Errors are shown to the person as their sentence. */
  run(call: CommandCall): Promise<string>;
}

/** A command with arguments that are read and checked before it runs. */
export interface TypedCommand<Shape extends z.ZodRawShape> extends Omit<
  Command,
  'usage' | 'takes' | 'run'
> {
  readonly takes: CommandArguments<Shape>;
  run(call: CommandCall, given: z.output<z.ZodObject<Shape>>): Promise<string>;
}

/** Commands that come and go, such as those that people keep in files. */
export interface CommandSource {
  /** Those that were there at the last look. A command that is registered under the same name wins. */
  commands(): readonly Command[];
  /** Looks anew. */
  refresh(): Promise<void>;
}

interface Registry {
  readonly commands: Map<string, Command>;
  readonly sources: Set<CommandSource>;
}

const registries = new WeakMap<IAgentRuntime, Registry>();

/** Adds slash commands to an agent; a later one of the same name wins. */
export function registerCommands(runtime: IAgentRuntime, commands: readonly Command[]): void {
  const registry = registryOf(runtime);
  for (const command of commands) registry.commands.set(command.name, command);
}

/** Adds commands that come and go to an agent. Returns what takes them away again. */
export function registerCommandSource(runtime: IAgentRuntime, source: CommandSource): () => void {
  const { sources } = registryOf(runtime);
  sources.add(source);
  return () => sources.delete(source);
}

/** The commands of an agent by name, those of its sources as they were at their last look. */
export function commandsOf(runtime: IAgentRuntime): Map<string, Command> {
  const { commands, sources } = registryOf(runtime);
  const found = [...sources].flatMap((source) => source.commands());
  return new Map([...found.map((command) => [command.name, command] as const), ...commands]);
}

/** Has the sources of an agent's commands look anew. */
export async function refreshCommands(runtime: IAgentRuntime): Promise<void> {
  await Promise.all([...registryOf(runtime).sources].map((source) => source.refresh()));
}

/** Makes a command that reads its arguments by a schema, which its usage and its help follow from. */
export function typedCommand<Shape extends z.ZodRawShape>(command: TypedCommand<Shape>): Command {
  const { name, summary, minimumRole, takes, details } = command;
  return {
    ...{ name, summary, minimumRole, usage: usageOf(name, takes) },
    takes: argumentsIn(takes),
    details: [describeArguments(takes), details].filter(Boolean).join('\n'),
    run: async (call) => command.run(call, parseArguments(name, call.argument, takes)),
  };
}

/** `/name argument`, or undefined when the text is no command. */
export function parseCommand(text: string): { name: string; argument: string } | undefined {
  const match = /^\s*\/([a-z][a-z0-9-]*)(?:\s+([\s\S]*))?$/i.exec(text);
  return match
    ? { name: (match[1] ?? '').toLowerCase(), argument: (match[2] ?? '').trim() }
    : undefined;
}

/**
 * Runs a command for a principal.
 * @throws NotPermittedError when the role does not allow it
 */
export async function runCommand(name: string, call: CommandCall): Promise<string> {
  const command = await findCommand(call.runtime, name);
  if (!command) return unknownCommand(name, call);
  if (!hasRole(call.principal, command.minimumRole))
    throw new NotPermittedError({ what: `use /${name}`, needed: command.minimumRole });
  return command.run(call);
}

/** What a command is for and what it takes. */
export async function explainCommand(
  name: string,
  call: Pick<CommandCall, 'runtime' | 'principal'>,
): Promise<string> {
  const command = await findCommand(call.runtime, name);
  if (!command || !hasRole(call.principal, command.minimumRole)) return unknownCommand(name, call);
  const { usage, summary, details = '' } = command;
  return [`${usage} - ${summary}`, details].filter(Boolean).join('\n');
}

/** The commands that a principal may use, one a line. */
export function listCommands(runtime: IAgentRuntime, principal: Principal): string {
  return [...commandsOf(runtime).values()]
    .filter((command) => hasRole(principal, command.minimumRole))
    .sort((left, right) => left.name.localeCompare(right.name))
    .map((command) => `${command.usage} - ${command.summary}`)
    .join('\n');
}

// What a source brings must not keep anybody from a command that is always there.
async function findCommand(runtime: IAgentRuntime, name: string): Promise<Command | undefined> {
  const own = registryOf(runtime).commands.get(name);
  if (own) return own;
  await refreshCommands(runtime);
  return commandsOf(runtime).get(name);
}

function registryOf(runtime: IAgentRuntime): Registry {
  const existing = registries.get(runtime);
  if (existing) return existing;
  const created = { commands: new Map<string, Command>(), sources: new Set<CommandSource>() };
  registries.set(runtime, created);
  return created;
}

function unknownCommand(
  name: string,
  { runtime, principal }: Pick<CommandCall, 'runtime' | 'principal'>,
): string {
  const known = [...commandsOf(runtime).values()]
    .filter(({ minimumRole }) => hasRole(principal, minimumRole))
    .map((command) => command.name);
  const near = nearestOf(name, known) ?? known.find((one) => one.startsWith(name.slice(0, 3)));
  return `There is no command /${name}.${near ? ` Did you mean /${near}?` : ''} /help lists them all.`;
}
