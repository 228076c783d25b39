import { formatUsd, type PicoUsd } from '@371os/kernel';

/** What money is spent on. Each category has caps of its own. */
export const CATEGORIES = ['llm', 'akash', 'gas', 'tools'] as const;
export type Category = (typeof CATEGORIES)[number];

/** Whose spending a cap limits, widest first. */
export const SCOPES = ['organisation', 'agent', 'user', 'task'] as const;
export type Scope = (typeof SCOPES)[number];

/** Calendar windows in UTC; a week starts on Monday (ISO 8601). */
export const WINDOWS = ['day', 'week', 'month'] as const;
export type Window = (typeof WINDOWS)[number];

/** The scope id of the one organisation. */
export const ORGANISATION = 'organisation';

/**
 * The most that may be spent on a category, by a scope, in one window. `scopeId` is an id, `*` for
 * each one separately, or a prefix such as `guest:*` for each guest separately. Of several caps for
 * the same category, scope and window the most specific applies: an id before a prefix before `*`.
 */
export interface Cap {
  readonly category: Category;
  readonly scope: Scope;
  readonly scopeId: string;
  readonly window: Window;
  readonly limitPico: PicoUsd;
}

/** On whose account something is spent. The organisation is always one of them. */
export interface Scopes {
  readonly agent?: string | undefined;
  /** The id of the principal who asked. */
  readonly user?: string | undefined;
  readonly task?: string | undefined;
}

/** The key of a cap: there is one for each category, scope, scope id and window. */
export function capId(cap: Omit<Cap, 'limitPico'>): string {
  return `${cap.category}/${cap.scope}/${cap.window}/${cap.scopeId}`;
}

const ADJECTIVES: Record<Window, string> = { day: 'daily', week: 'weekly', month: 'monthly' };

/** `daily`, `weekly` or `monthly`. */
export function adjectiveOf(window: Window): string {
  return ADJECTIVES[window];
}

/** Whom a cap is for, in words, or '' for the organisation: `for agent Zara`, `for each guest`. */
export function describeScope(scope: Scope, scopeId: string): string {
  if (scope === 'organisation') return '';
  if (scopeId === '*') return `for each ${scope}`;
  if (scopeId.endsWith(':*')) return `for each ${scopeId.slice(0, -2)}`;
  return scope === 'user' ? `for ${scopeId}` : `for ${scope} ${scopeId}`;
}

/** `the monthly llm cap of $20.00`, `the daily llm cap of $0.00 for each guest`. */
export function describeCap(cap: Cap): string {
  const whom = describeScope(cap.scope, cap.scopeId);
  const words = `the ${adjectiveOf(cap.window)} ${cap.category} cap of $${formatUsd(cap.limitPico)}`;
  return whom ? `${words} ${whom}` : words;
}
