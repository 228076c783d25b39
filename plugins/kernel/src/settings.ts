import { z } from 'zod';
import { BaseError } from './errors.ts';
import { processWide } from './process-wide.ts';

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

const placed = processWide('placed-settings', () => new Map<string, string>());

/**
 * Puts settings into the environment that a program has settled itself, such as the addresses of a
 * devnet that it has started. Setting files do not override them.
 * @param by what `explain` says of them
 */
export function placeSettings(values: Readonly<Record<string, string>>, by: string): void {
  Object.assign(process.env, values);
  for (const name of Object.keys(values)) placed.set(name, by);
}

/** What has put a setting into the environment of this process; undefined when a person did. */
export function placedBy(name: string): string | undefined {
  return placed.get(name);
}

const SECRET = /KEY|TOKEN(?!S)|SECRET|PASSWORD|SALT/;

/** Whether the value of a setting must not be shown. */
export function isSecretSetting(name: string): boolean {
  return SECRET.test(name);
}

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
  const shown = isSecretSetting(setting) ? '[secret]' : JSON.stringify(raw[setting] ?? null);
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

/** Texts with commas between them; none in an empty one. */
export const listSetting = z
  .string()
  .transform((text) => text.split(',').flatMap((part) => part.trim() || []));

/** Addresses of HTTP servers with commas between them; none by default. */
export const addressListSetting = listSetting
  .pipe(
    z.array(
      z.url({
        protocol: /^https?$/,
        error: 'http addresses with commas between them are expected',
      }),
    ),
  )
  .prefault('');
