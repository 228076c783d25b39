import { BaseError } from '@371os/kernel';

/** A plan as JSON: what is approved, to the letter. */
export type Plan =
  string | number | boolean | null | readonly Plan[] | { readonly [key: string]: Plan };

class NotAPlanError extends BaseError {
  constructor({ path }: { path: string }) {
    super(`A plan can only hold JSON values; ${path || 'it'} is something else.`);
  }
}

/**
 * The one JSON text of a plan: keys in code-point order, no white space, so equal plans have equal
 * texts however they were put together.
 * @throws NotAPlanError for undefined, NaN, bigints and all else that JSON would bend or drop
 */
export function canonicalJson(plan: unknown, path = ''): string {
  if (plan === null || typeof plan === 'boolean' || typeof plan === 'string')
    return JSON.stringify(plan);
  if (typeof plan === 'number' && Number.isFinite(plan)) return JSON.stringify(plan);
  if (Array.isArray(plan))
    return `[${plan.map((item, index) => canonicalJson(item, `${path}[${String(index)}]`)).join(',')}]`;
  if (typeof plan !== 'object') throw new NotAPlanError({ path });
  const fields = Object.entries(plan).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${canonicalJson(value, `${path}.${key}`)}`).join(',')}}`;
}
