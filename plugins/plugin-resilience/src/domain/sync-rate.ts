/** Over how long changes count, from when they had to be applied. */
export const SYNC_WINDOW_MS = 86_400_000;
/** How long a change may take to be applied and verified once its receiver is back. */
export const SYNC_WITHIN_MS = 60_000;
/** A rate below this is degraded. */
export const DEGRADED_BELOW = 0.9;
/** What was degraded has recovered after so many windows in a row at this rate or above. */
export const RECOVERED_FROM = 0.95;
export const WINDOWS_TO_RECOVER = 2;

/** What became of a change that was made while its receiver was away. Moments are milliseconds since 1970. */
export interface SyncOutcome {
  /** When the receiver could be reached again; undefined while it cannot. */
  readonly linkBackAtMs: number | undefined;
  /** When it was applied, in its place and with the right hash. */
  readonly verifiedAtMs: number | undefined;
  /** Applied more than once, out of order, or with another hash. */
  readonly isSpoilt: boolean;
}

/** How well changes made while cut off were applied afterwards. */
export interface SyncRate {
  /** 0 to 1; null without a change whose time is over. */
  readonly value: number | null;
  /** How many changes it was computed from. */
  readonly n: number;
  /** How many of them were applied once, in order, in time and with the right hash. */
  readonly applied: number;
  /** Changes whose receiver is away, or has been back for less than a minute. */
  readonly waiting: number;
}

/**
 * Of the changes made while their receiver was away, which should have been applied in the last
 * 24 h: the share of those that were, within a minute of its return and verified. Lost, late,
 * repeated and misplaced ones count against it.
 */
export function offlineSyncRate(samples: readonly SyncOutcome[], nowMs: number): SyncRate {
  const dueOf = ({ linkBackAtMs }: SyncOutcome): number =>
    (linkBackAtMs ?? Infinity) + SYNC_WITHIN_MS;
  const due = samples.filter((sample) => {
    const dueAtMs = dueOf(sample);
    return dueAtMs <= nowMs && dueAtMs > nowMs - SYNC_WINDOW_MS;
  });
  const applied = due.filter(isApplied).length;
  const waiting = samples.filter((sample) => dueOf(sample) > nowMs).length;
  return { value: due.length === 0 ? null : applied / due.length, n: due.length, applied, waiting };
}

function isApplied({ linkBackAtMs, verifiedAtMs, isSpoilt }: SyncOutcome): boolean {
  if (isSpoilt || verifiedAtMs === undefined || linkBackAtMs === undefined) return false;
  return verifiedAtMs - linkBackAtMs <= SYNC_WITHIN_MS;
}

/** What a rate amounts to; null when there is none. */
export type SyncLevel = 'ok' | 'degraded' | null;

/** The level as of some window, with what is needed to judge the next one. */
export interface SyncStanding {
  readonly level: SyncLevel;
  /** How many windows in a row were good while it was degraded. */
  readonly goodWindows: number;
}

export const NO_STANDING: SyncStanding = { level: null, goodWindows: 0 };

/** The standing after another window. One without changes tells nothing, so degraded stays degraded. */
export function nextStanding(before: SyncStanding, value: number | null): SyncStanding {
  if (value === null) return before.level === 'degraded' ? before : NO_STANDING;
  if (value < DEGRADED_BELOW) return { level: 'degraded', goodWindows: 0 };
  if (before.level !== 'degraded') return { level: 'ok', goodWindows: 0 };
  const goodWindows = value >= RECOVERED_FROM ? before.goodWindows + 1 : 0;
  const hasRecovered = goodWindows >= WINDOWS_TO_RECOVER;
  return hasRecovered ? { level: 'ok', goodWindows: 0 } : { level: 'degraded', goodWindows };
}

/** The level between two windows: it may have fallen, and recovers with a window alone. */
export function levelMeanwhile(before: SyncStanding, value: number | null): SyncLevel {
  return before.level === 'degraded' ? 'degraded' : nextStanding(before, value).level;
}
