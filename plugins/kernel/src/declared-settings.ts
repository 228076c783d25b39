import { z } from 'zod';
import { nearestOf } from './nearest.ts';
import { processWide } from './process-wide.ts';

/**
 * Where a setting may be made: for each agent; for the whole process; or in the environment alone,
 * since other programs must find it there too.
 */
export type SettingReach = 'agent' | 'process' | 'environment';

/** A setting that some plugin reads. */
export interface DeclaredSetting {
  readonly name: string;
  /** Names of the plugins that read it, such as `tasks`. */
  readonly plugins: readonly string[];
  readonly schema: z.ZodType;
  readonly reach: SettingReach;
}

const declared = processWide('declared-settings', () => new Map<string, DeclaredSetting>());

/**
 * Makes the settings of a plugin known, so that setting files and registrations can be checked and
 * every setting explained. A plugin calls it from its `init`; to call it again changes nothing.
 */
export function declareSettings(
  plugin: string,
  { shape }: z.ZodObject,
  reach: SettingReach = 'agent',
): void {
  for (const [name, field] of Object.entries(shape)) {
    const known = declared.get(name);
    if (known?.plugins.includes(plugin)) continue;
    const plugins = [...(known?.plugins ?? []), plugin];
    declared.set(name, { schema: field as z.ZodType, reach, ...known, name, plugins });
  }
}

/** All settings that were declared in this process, by name. */
export function declaredSettings(): readonly DeclaredSetting[] {
  return [...declared.values()].sort((left, right) => left.name.localeCompare(right.name));
}

export function declaredSetting(name: string): DeclaredSetting | undefined {
  return declared.get(name);
}

/** What is wrong with a value for a setting, without showing it; undefined when it is good. */
export function problemOfSetting({ schema }: DeclaredSetting, value: unknown): string | undefined {
  const result = schema.safeParse(value);
  return result.success ? undefined : (result.error.issues[0]?.message ?? 'it is not valid');
}

/** ` Did you mean NAME?`, or nothing when no declared name is near. */
export function didYouMean(name: string, known: Iterable<string> = declared.keys()): string {
  const near = nearestOf(name, known);
  return near === undefined ? '' : ` Did you mean ${near}?`;
}

/** What a setting is without anybody's doing, as it would be written; undefined when not set. */
export function defaultOf(schema: z.ZodType): unknown {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return schema.def.defaultValue;
  return schema instanceof z.ZodPipe ? defaultOf(schema.def.in as z.ZodType) : undefined;
}
