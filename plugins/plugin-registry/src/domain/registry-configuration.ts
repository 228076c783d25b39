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

const NOT_CONFIGURABLE = 'a registration must not set it';

export type SettingValue = string | number | boolean;

/** Settings from the registry, and how current they are. */
export interface RegistryConfiguration {
  readonly values: Readonly<Record<string, SettingValue>>;
  /** What it holds and what does not count, with the reason of each. */
  readonly refused: readonly RefusedSetting[];
  /** `last-verified`: the registry cannot be believed or reached now. */
  readonly source: 'registry' | 'last-verified' | 'none';
  /** Why it is not current; undefined when it is. */
  readonly problem: string | undefined;
  /** Which file it is, for people; undefined without one. */
  readonly file: FileStamp | undefined;
}

export interface RefusedSetting {
  readonly setting: string;
  readonly reason: string;
}

/** A registration file, and when it was verified. */
export interface FileStamp {
  readonly globalId: string;
  readonly sequence: number | undefined;
  /** Where its content is, as the chain has it; undefined for one that was verified earlier. */
  readonly uri: string | undefined;
  readonly verifiedAtMs: number;
}

/** What is wrong with a value, as the plugin that reads it says; undefined when it is good. */
export type SettingCheck = (setting: string, value: SettingValue) => string | undefined;

/** Takes what may be set and is good, and names the rest. */
export function allowedSettings(
  config: Readonly<Record<string, SettingValue>> = {},
  check: SettingCheck = () => undefined,
): Pick<RegistryConfiguration, 'values' | 'refused'> {
  const entries = Object.entries(config).sort(([left], [right]) => left.localeCompare(right));
  const refused = entries.flatMap(([setting, value]): RefusedSetting[] => {
    const reason = CONFIGURABLE.has(setting) ? check(setting, value) : NOT_CONFIGURABLE;
    return reason === undefined ? [] : [{ setting, reason }];
  });
  const isRefused = new Set(refused.map(({ setting }) => setting));
  return {
    values: Object.fromEntries(entries.filter(([setting]) => !isRefused.has(setting))),
    refused,
  };
}

/** Where values from a registration come from, to go on a sentence with. */
export function describeOrigin({
  source,
  file,
}: Pick<RegistryConfiguration, 'source' | 'file'>): string {
  if (!file) return 'no registration';
  const { globalId, sequence, uri, verifiedAtMs } = file;
  const when = new Date(verifiedAtMs).toISOString();
  return [
    `the registration of ${globalId}`,
    ...(sequence === undefined ? [] : [`file ${String(sequence)}`]),
    ...(uri === undefined ? [] : [uri]),
    source === 'registry' ? `verified ${when}` : `last verified ${when}`,
  ].join(', ');
}
