import type { Character, Plugin } from '@elizaos/core';
import { z } from 'zod';

const pluginModule = z.object({ default: z.custom<Plugin>((value) => value !== undefined) });

/** The names of the plugins whose tables we migrate: ElizaOS's own, and ours that characters have. */
export function migratedPluginsOf(characters: readonly Character[]): string[] {
  const names = characters.flatMap(({ plugins = [] }) => plugins);
  const ours = names.filter((name) => name.startsWith('@371os/'));
  return ['@elizaos/plugin-sql', ...new Set(ours)];
}

/** Plugins by their names. */
export async function importPlugins(names: readonly string[]): Promise<Plugin[]> {
  const modules = await Promise.all(names.map((name) => import(name) as Promise<unknown>));
  return modules.map((module) => pluginModule.parse(module).default);
}
