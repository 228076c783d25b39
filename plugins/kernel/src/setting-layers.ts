import type { IAgentRuntime } from '@elizaos/core';
import type { z } from 'zod';
import { processWide } from './process-wide.ts';
import { entriesInFiles, type SettingValue } from './setting-files.ts';
import { environment, placedBy, readSettings, type SettingSource } from './settings.ts';

/** Where settings come from; each layer ranks above those before it. */
export const SETTING_LAYERS = ['default', 'environment', 'file', 'character', 'registry'] as const;
export type SettingLayer = (typeof SETTING_LAYERS)[number];

/** What one layer says of a setting. */
export interface SettingOrigin {
  readonly layer: SettingLayer;
  readonly value: unknown;
  /** Where exactly, to go on a sentence with: `371os.json (agents > CFO Maya)`. */
  readonly place: string;
}

/** What an agent's registration sets. Whoever gives it has verified it and checked every value. */
export interface RegistryLayer {
  readonly values: Readonly<Record<string, SettingValue>>;
  /** Which registration, and how it was verified. */
  readonly place: string;
  /** The names that a registration may set at all. */
  readonly mayHold: ReadonlySet<string>;
  /** What it holds and what does not count, with the reason of each. */
  readonly refused: readonly { readonly setting: string; readonly reason: string }[];
  /** Why it cannot be believed or had now, so that older values count; undefined when it can. */
  readonly problem: string | undefined;
}

const registry = processWide('registry-layers', () => new WeakMap<IAgentRuntime, RegistryLayer>());

/** Puts the settings of an agent's registration above all others, in place of what was there. */
export function setRegistryLayer(runtime: IAgentRuntime, layer: RegistryLayer): void {
  registry.set(runtime, layer);
}

export function registryLayerOf(runtime: IAgentRuntime): RegistryLayer | undefined {
  return registry.get(runtime);
}

/**
 * What each layer says of a setting, the one that counts first, without the default.
 * @param runtime the agent; without one, what counts for the whole process
 * @throws SettingFileError
 */
export function originsOf(name: string, runtime?: IAgentRuntime): SettingOrigin[] {
  return [
    ...(runtime ? [...inRegistry(runtime, name), ...inCharacter(runtime, name)] : []),
    ...entriesInFiles(name, runtime?.character.name).map(({ value, place }) => ({
      ...{ layer: 'file' as const, value, place },
    })),
    ...inEnvironment(name),
  ];
}

/** Setting files, then the environment: for programs, and for what no single agent decides. */
export const processSettings: SettingSource = (name) => originsOf(name)[0]?.value;

/** All layers of one agent, the highest first. */
export function runtimeSettings(runtime: IAgentRuntime): SettingSource {
  return (name) => originsOf(name, runtime)[0]?.value;
}

/**
 * The settings of an agent, read once; only what its registration sets changes afterwards, and reads
 * as it is at that moment.
 * @throws InvalidSettingError, SettingFileError
 */
export function agentSettings<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  runtime: IAgentRuntime,
): Readonly<z.output<z.ZodObject<Shape>>> {
  const below = readSettings(schema, (name) => {
    const [first, second] = originsOf(name, runtime);
    return (first?.layer === 'registry' ? second : first)?.value;
  });
  const current: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema.shape))
    Object.defineProperty(current, name, {
      enumerable: true,
      get: () => {
        const value = registryLayerOf(runtime)?.values[name];
        if (value === undefined) return below[name as keyof typeof below];
        return (field as unknown as z.ZodType).parse(value);
      },
    });
  return Object.freeze(current) as typeof below;
}

function inRegistry(runtime: IAgentRuntime, name: string): SettingOrigin[] {
  const layer = registryLayerOf(runtime);
  const value = layer?.values[name];
  return layer && isSet(value) ? [{ layer: 'registry', value, place: layer.place }] : [];
}

// ElizaOS copies the environment into the secrets of a character. What is the same there is no word
// of the character, or no setting file would ever count.
function inCharacter(runtime: IAgentRuntime, name: string): SettingOrigin[] {
  const { settings, name: character } = runtime.character;
  const place = `the character ${character}`;
  const own: unknown = settings?.[name];
  if (isSet(own)) return [{ layer: 'character', value: own, place }];
  const value = runtime.getSetting(name);
  if (!isSet(value) || String(value) === environment(name)) return [];
  return [{ layer: 'character', value, place }];
}

function inEnvironment(name: string): SettingOrigin[] {
  const value = environment(name);
  const by = placedBy(name);
  const place = by === undefined ? 'the environment' : `the environment, by ${by}`;
  return isSet(value) ? [{ layer: 'environment', value, place }] : [];
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
