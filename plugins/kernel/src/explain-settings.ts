import type { IAgentRuntime } from '@elizaos/core';
import {
  declaredSettings,
  defaultOf,
  didYouMean,
  type DeclaredSetting,
  type SettingReach,
} from './declared-settings.ts';
import { BaseError } from './errors.ts';
import { originsOf, registryLayerOf, type SettingLayer } from './setting-layers.ts';
import { isSecretSetting } from './settings.ts';

/** A name that is no setting of an agent. */
export class UnknownSettingError extends BaseError {
  constructor({ setting, agent, known }: { setting: string; agent: string; known: string[] }) {
    super(`${agent} has no setting ${setting}.${didYouMean(setting, known)}`, {
      details: { setting },
    });
  }
}

/** What one layer says, as it may be shown. */
export interface ShownOrigin {
  readonly layer: SettingLayer;
  /** `set` for a secret; of an address, only where it is. */
  readonly value: string;
  readonly place: string;
}

/** Where the value of a setting comes from. */
export interface SettingReport {
  readonly setting: string;
  /** Names of the plugins that read it. */
  readonly plugins: readonly string[];
  readonly reach: SettingReach;
  /** What counts; undefined when nobody has set it and it has no default. */
  readonly origin: ShownOrigin | undefined;
  /** What the layers below say and what does not count, the highest first. */
  readonly below: readonly ShownOrigin[];
  /** Whether a registration may set it; then a change there counts at once, any other at the next start. */
  readonly isForRegistry: boolean;
  /** Why what the registration says of it does not count. */
  readonly refused: string | undefined;
}

/**
 * Where each setting of an agent comes from, by name: those of its plugins, and of the process.
 * Secrets are never in it.
 * @throws SettingFileError
 */
export function explainSettings(runtime: IAgentRuntime): SettingReport[] {
  const plugins = new Set(runtime.plugins.map(({ name }) => name));
  return declaredSettings()
    .filter((setting) => setting.reach !== 'agent' || setting.plugins.some((one) => isOf(one)))
    .map((setting) => reportOf(setting, runtime));

  function isOf(plugin: string): boolean {
    return plugin === 'kernel' || plugins.has(plugin);
  }
}

/**
 * Where one setting of an agent comes from; upper and lower case are the same.
 * @throws UnknownSettingError, SettingFileError
 */
export function explainSetting(runtime: IAgentRuntime, name: string): SettingReport {
  const reports = explainSettings(runtime);
  const found = reports.find(({ setting }) => setting === name.toUpperCase());
  if (found) return found;
  const known = reports.map(({ setting }) => setting);
  throw new UnknownSettingError({ setting: name, agent: runtime.character.name, known });
}

function reportOf(setting: DeclaredSetting, runtime: IAgentRuntime): SettingReport {
  const { name, plugins, schema, reach } = setting;
  const preset = defaultOf(schema);
  const [origin, ...below] = [
    ...originsOf(name, reach === 'agent' ? runtime : undefined).filter(
      ({ layer }) => reach !== 'environment' || layer === 'environment',
    ),
    ...(preset === undefined || preset === ''
      ? []
      : [{ layer: 'default' as const, value: preset, place: 'its default' }]),
  ].map((one) => ({ ...one, value: shown(name, one.value) }));
  const layer = registryLayerOf(runtime);
  return {
    ...{ setting: name, plugins, reach, origin, below },
    isForRegistry: layer?.mayHold.has(name) ?? false,
    refused: layer?.refused.find((one) => one.setting === name)?.reason,
  };
}

// An address may hold a password or a key, in any part but the host.
function shown(name: string, value: unknown): string {
  if (isSecretSetting(name)) return 'set';
  const text = String(value);
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  const address = URL.parse(text);
  if (!address) return 'an address that cannot be read';
  const { protocol, host, pathname, search, hash } = address;
  const rest = `${pathname}${search}${hash}`;
  return `${protocol}//${host}${rest === '/' || rest === '' ? '' : '/...'}`;
}
