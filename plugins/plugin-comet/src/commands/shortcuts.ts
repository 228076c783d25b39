import type { IAgentRuntime } from '@elizaos/core';
import { typedCommand, type Command, type CommandSource } from '@371os/kernel';
import type { Shortcut } from '../domain/shortcut.ts';
import { BrokenShortcutError } from '../errors/shortcuts.ts';
import { COMET_SERVICE, cometOf, type CometService } from '../services/comet-service.ts';
import { argumentsOf } from './shortcut-arguments.ts';

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
      const { desk } = await (await cometOf(runtime)).open();
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
