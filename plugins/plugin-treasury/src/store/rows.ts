import { z } from 'zod';
import { CATEGORIES, SCOPES, WINDOWS } from '../domain/caps.ts';

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

/** A statement whose rows nobody looks at. */
export const nothing = z.unknown();
