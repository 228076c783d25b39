/**
 * The settings that a registration may hold: how patient and how thorough an agent is. None of them
 * is a secret, an address, a key, a cap, a role, a network or an approval, and none can become one:
 * what is not on this list is refused by name.
 */
export const CONFIGURABLE: ReadonlySet<string> = new Set([
  'CSUITE_RECHECK_MS',
  'CSUITE_REVIEW_TASKS',
  'MODEL_REST_MS',
  'QUALITY',
  'ROUTER_FAILING_AFTER',
  'ROUTER_FAILING_FOR_MS',
  'ROUTER_MIN_SIMILARITY_PERCENT',
  'ROUTER_SPLIT_TIMEOUT_MS',
  'TASKS_MAX_ATTEMPTS',
  'TASKS_TIMEOUT_MS',
]);

export type SettingValue = string | number | boolean;

/** Settings from the registry, and how current they are. */
export interface RegistryConfiguration {
  readonly values: Readonly<Record<string, SettingValue>>;
  /** Names that a registration must not hold. */
  readonly refused: readonly string[];
  /** `last-verified`: the registry cannot be believed or reached now. */
  readonly source: 'registry' | 'last-verified' | 'none';
  /** Why it is not current; undefined when it is. */
  readonly problem: string | undefined;
}

/** Takes what may be set, and names the rest. */
export function allowedSettings(
  config: Readonly<Record<string, SettingValue>> = {},
): Pick<RegistryConfiguration, 'values' | 'refused'> {
  const entries = Object.entries(config);
  return {
    values: Object.fromEntries(entries.filter(([name]) => CONFIGURABLE.has(name))),
    refused: entries.flatMap(([name]) => (CONFIGURABLE.has(name) ? [] : [name])),
  };
}
