import type { PicoUsd } from '@371os/kernel';

/** What the clean-up goes by. */
export interface CleanUpPolicy {
  /** After how many hours without a task; 0 is never. */
  readonly idleHours: number;
  /** The most that it may have spent this month; undefined without a limit. */
  readonly allowancePico: PicoUsd | undefined;
  /** How long the room knows of it before. */
  readonly noticeMs: number;
}

/** An agent as the clean-up sees it. Times are milliseconds since 1970. */
export interface CleanUpSubject {
  /** When it last had to do with a task, or was created. */
  readonly activeAtMs: number;
  readonly spentPico: PicoUsd;
  /** When its room was told; undefined when it was not. */
  readonly noticedAtMs: number | undefined;
}

/** What is to be done; `spare` takes a notice back. */
export type CleanUp =
  | { readonly kind: 'none' | 'spare' }
  | { readonly kind: 'notice' | 'retire'; readonly why: string };

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
// From here on minutes say no more than hours.
const IN_HOURS_MS = 2 * HOUR_MS;

/** Whether an agent is to be ended: nobody needs it, or it has used up what it was given. */
export function judge(subject: CleanUpSubject, policy: CleanUpPolicy, nowMs: number): CleanUp {
  const why = reasonTo(subject, policy, nowMs);
  const { noticedAtMs } = subject;
  if (why === undefined) return { kind: noticedAtMs === undefined ? 'none' : 'spare' };
  if (noticedAtMs === undefined) return { kind: 'notice', why };
  return nowMs - noticedAtMs < policy.noticeMs ? { kind: 'none' } : { kind: 'retire', why };
}

function reasonTo(
  { activeAtMs, spentPico }: CleanUpSubject,
  { idleHours, allowancePico }: CleanUpPolicy,
  nowMs: number,
): string | undefined {
  if (allowancePico !== undefined && spentPico >= allowancePico)
    return 'it has used up its allowance of this month';
  if (idleHours > 0 && nowMs - activeAtMs >= idleHours * HOUR_MS)
    return `it has had nothing to do for ${String(idleHours)} hours`;
  return undefined;
}

/** What is said in the room of an agent before it is retired. */
export function noticeWords(
  { name }: { readonly name: string },
  why: string,
  noticeMs: number,
): string {
  return `${name} will be retired ${inTime(noticeMs)}, since ${why}. Give it a task, or raise what it may spend, to keep it.`;
}

function inTime(ms: number): string {
  const minutes = Math.round(ms / MINUTE_MS);
  if (ms >= IN_HOURS_MS) return `in ${String(Math.round(ms / HOUR_MS))} hours`;
  return minutes === 0 ? 'shortly' : `in ${String(minutes)} minute${minutes === 1 ? '' : 's'}`;
}
