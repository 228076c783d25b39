import type { IAgentRuntime, Memory } from '@elizaos/core';
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
  /** Returns the answer. Errors are shown to the person as their sentence. */
  run(call: CommandCall): Promise<string>;
}

const registries = new WeakMap<IAgentRuntime, Map<string, Command>>();

/** Adds slash commands to an agent; a later one of the same name wins. */
export function registerCommands(runtime: IAgentRuntime, commands: readonly Command[]): void {
  const registry = commandsOf(runtime);
  for (const command of commands) registry.set(command.name, command);
}

export function commandsOf(runtime: IAgentRuntime): Map<string, Command> {
  const existing = registries.get(runtime);
  if (existing) return existing;
  const created = new Map<string, Command>();
  registries.set(runtime, created);
  return created;
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
  const registry = commandsOf(call.runtime);
  const command = registry.get(name);
  if (!command) return unknownCommand(name, [...registry.keys()]);
  if (!hasRole(call.principal, command.minimumRole))
    throw new NotPermittedError({ what: `use /${name}`, needed: command.minimumRole });
  return command.run(call);
}

/** The commands that a principal may use, one a line. */
export function listCommands(runtime: IAgentRuntime, principal: Principal): string {
  return [...commandsOf(runtime).values()]
    .filter((command) => hasRole(principal, command.minimumRole))
    .sort((left, right) => left.name.localeCompare(right.name))
    .map((command) => `${command.usage} - ${command.summary}`)
    .join('\n');
}

function unknownCommand(name: string, known: string[]): string {
  const near = known.find((candidate) => candidate.startsWith(name.slice(0, 3)));
  return `There is no command /${name}.${near ? ` Did you mean /${near}?` : ''} /help lists them all.`;
}
