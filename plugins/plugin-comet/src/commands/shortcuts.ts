import type { IAgentRuntime } from '@elizaos/core';
import {
  typedCommand,
  type Command,
  type CommandArguments,
  type CommandSource,
} from '@371os/kernel';
import { z } from 'zod';
import { problemOfValue, type Argument } from '../domain/argument.ts';
import { DESTINATIONS } from '../domain/destination.ts';
import type { Shortcut } from '../domain/shortcut.ts';
import { BrokenShortcutError } from '../errors/shortcuts.ts';
import { COMET_SERVICE, cometOf, type CometService } from '../services/comet-service.ts';

/** `/shortcuts`: what there is, and what is wrong with files. */
export const shortcutsCommand: Command = {
  name: 'shortcuts',
  usage: '/shortcuts',
  summary: 'lists the shortcuts, and what is wrong with their files',
  minimumRole: 'guest',
  run: async ({ runtime }) => {
    const { shortcuts, problems } = await (await cometOf(runtime)).catalogue.refresh();
    const lines = [...shortcuts.values()]
      .sort((left, right) => left.name.localeCompare(right.name))
      .map((shortcut) => `${commandOf(shortcut).usage} - ${shortcut.description}`);
    return [...lines, ...problems].join('\n') || 'There are no shortcuts.';
  },
};

/** The shortcuts of an agent as commands, as its files have them. */
export function shortcutSource(runtime: IAgentRuntime): CommandSource {
  const service = (): CometService | null => runtime.getService<CometService>(COMET_SERVICE);
  return {
    commands: () => {
      const contents = service()?.catalogue.contents;
      if (!contents) return [];
      return [
        ...[...contents.shortcuts.values()].map(commandOf),
        ...[...contents.broken].map(([name, problem]) => brokenCommand(name, problem)),
      ];
    },
    refresh: async () => {
      await service()?.catalogue.refresh();
    },
  };
}

function commandOf(shortcut: Shortcut): Command {
  const { name, description } = shortcut;
  return typedCommand({
    name,
    summary: description,
    minimumRole: 'guest',
    takes: argumentsOf(shortcut),
    run: async ({ runtime, principal: requester, message }, { to, file, ...given }) => {
      const desk = await (await cometOf(runtime)).desk();
      const values = Object.fromEntries(
        Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
      );
      const { roomId } = message;
      return desk.run({ shortcut, values, place: { to, file }, requester, roomId });
    },
  });
}

function brokenCommand(name: string, problem: string): Command {
  return {
    ...{ name, usage: `/${name}`, summary: 'cannot be run: its file is not good' },
    minimumRole: 'guest',
    details: problem,
    run: () => Promise.reject(new BrokenShortcutError({ name, problem })),
  };
}

// What has to be given stands by its place, and the last text takes all words that are left.
function argumentsOf({
  takes,
}: Shortcut): CommandArguments<Record<string, z.ZodType<string | undefined>>> {
  const places = takes.filter(({ fallback }) => fallback === undefined);
  const fields = takes.map((argument) => [argument.name, fieldOf(argument)] as const);
  return {
    schema: z.object({
      ...Object.fromEntries(fields),
      to: z
        .string()
        .optional()
        .describe(`where the output goes: ${DESTINATIONS.join(', ')}`),
      file: z.string().optional().describe('the name of the file that the output goes to'),
    }),
    positional: places.map(({ name }) => name),
    takesRest: places.at(-1)?.type === 'text',
    switches: takes.filter(({ type }) => type === 'switch').map(({ name }) => name),
  };
}

function fieldOf(argument: Argument): z.ZodType<string | undefined> {
  const { fallback, description, choices } = argument;
  const checked = z.string().superRefine((value, context) => {
    const problem = problemOfValue(argument, value);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });
  const words = [
    ...(description === '' ? [] : [description]),
    ...(choices.length === 0 ? [] : [choices.join(' or ')]),
    ...(fallback === undefined || fallback === '' ? [] : [`${fallback} by default`]),
  ];
  const field = fallback === undefined ? checked : checked.default(fallback);
  return words.length === 0 ? field : field.describe(words.join('; '));
}
