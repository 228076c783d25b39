import { z } from 'zod';
import { CATEGORIES, SCOPES, WINDOWS } from '../domain/caps.ts';
import type { Standing } from '../domain/standing.ts';

// Statements select bigints as text: neither driver hands them over as exact numbers otherwise.

export const pico = z
  .string()
  .regex(/^-?\d+$/)
  .transform((text) => BigInt(text));
export const milliseconds = z.string().transform(Number).pipe(z.number());
export const absent = z
  .string()
  .nullable()
  .transform((text) => text ?? undefined);
export const category = z.enum(CATEGORIES);
export const scope = z.enum(SCOPES);
export const window = z.enum(WINDOWS);

/** A cap and the balance that it limits. */
export const standingRow = z
  .object({
    category,
    scope,
    scope_id: z.string(),
    cap_scope_id: z.string(),
    period: window,
    limit_pico: pico,
    spent_pico: pico,
    reserved_pico: pico,
  })
  .transform((row): Standing => ({
    cap: {
      category: row.category,
      scope: row.scope,
      scopeId: row.cap_scope_id,
      window: row.period,
      limitPico: row.limit_pico,
    },
    scopeId: row.scope_id,
    spentPico: row.spent_pico,
    reservedPico: row.reserved_pico,
  }));

/** A statement whose rows nobody looks at. */
export const nothing = z.unknown();
