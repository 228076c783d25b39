import type { IAgentRuntime } from '@elizaos/core';
import { z } from 'zod';
import { BaseError } from './errors.ts';

/** A setting that is missing, unknown or out of range. Its value is shown unless it is a secret. */
export class InvalidSettingError extends BaseError {
  constructor({ setting, problem }: { setting: string; problem: string }) {
    super(`Setting ${setting}: ${problem}`, { details: { setting } });
  }
}

/** Where a raw setting may come from, most specific first. `undefined` or '' is "not set". */
export type SettingSource = (key: string) => unknown;

/** The only place that reads the environment. */
export const environment: SettingSource = (key) => process.env[key];

/** What ElizaOS knows of a setting for one agent (character, then its own layers), then the environment. */
export function runtimeSettings(runtime: IAgentRuntime): SettingSource {
  return (key) => {
    const own = runtime.character.settings?.[key] ?? runtime.getSetting(key) ?? '';
    return own === '' ? environment(key) : own;
  };
}

const SECRET = /KEY|TOKEN(?!S)|SECRET|PASSWORD|SALT/;

/**
 * Reads every setting of a schema once, into one frozen object.
 * @throws InvalidSettingError naming the first bad setting, its value (never a secret's) and what is allowed.
 */
export function readSettings<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  source: SettingSource,
): Readonly<z.output<z.ZodObject<Shape>>> {
  const raw: Record<string, unknown> = {};
  for (const key of Object.keys(schema.shape)) {
    const value = source(key);
    if (value !== undefined && value !== null && value !== '') raw[key] = value;
  }
  const result = schema.safeParse(raw);
  if (result.success) return Object.freeze(result.data);
  const issue = result.error.issues[0];
  const setting = String(issue?.path[0] ?? 'unknown');
  const shown = SECRET.test(setting) ? '[secret]' : JSON.stringify(raw[setting] ?? null);
  throw new InvalidSettingError({
    setting,
    problem: `${shown} is not valid: ${issue?.message ?? 'see the documentation'}`,
  });
}

/** A yes/no setting: true/false, yes/no, on/off, 1/0. */
export const booleanSetting = z.union([
  z.boolean(),
  z
    .string()
    .trim()
    .toLowerCase()
    .pipe(z.enum(['true', 'false', 'yes', 'no', 'on', 'off', '1', '0']))
    .transform((text) => ['true', 'yes', 'on', '1'].includes(text)),
]);

/** A whole number in a range, as number or text. */
export function integerSetting(minimum: number, maximum: number): z.ZodType<number> {
  return z.coerce
    .number(`a whole number from ${String(minimum)} to ${String(maximum)} is expected`)
    .int()
    .min(minimum)
    .max(maximum);
}
