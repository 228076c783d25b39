import type { DependencyClass } from './dependency-class.ts';

/**
 * What an endpoint said: a good answer, one that is none but shows that there is a way to it, or
 * nothing.
 */
export type Outcome = 'well' | 'unwell' | 'silent';

/** An endpoint outside this machine and its network, asked whether the internet is there. */
export interface Witness {
  readonly class: DependencyClass;
  /** Who stands behind it: two of one supplier are one witness. */
  readonly supplier: string;
  readonly outcome: Outcome;
  /** Failing while others do well: its silence says nothing. */
  readonly isOutlier: boolean;
}

/** When the internet counts as gone, and as there again. Durations are milliseconds. */
export interface OutagePolicy {
  /** So many rounds in a row in which nobody answers. */
  readonly silentRounds: number;
  /** So many classes, and as many suppliers, have to be silent. */
  readonly independent: number;
  /** For so long most have to answer until it is over; also how soon the first change may be followed by another. */
  readonly stableMs: number;
  /** The longest that a flapping network is left as it was judged last. */
  readonly longestHoldMs: number;
  /** How long after that a change counts as flapping still. */
  readonly calmMs: number;
}

/** A policy for a stable time. */
export function outagePolicy(stableMs: number): OutagePolicy {
  return {
    ...{ silentRounds: 3, independent: 2, stableMs },
    ...{ longestHoldMs: 20 * stableMs, calmMs: 20 * stableMs },
  };
}

/** What is known so far. Moments are milliseconds of one clock. */
export interface OutageState {
  readonly isGone: boolean;
  /** Rounds in a row without any answer. */
  readonly silentRounds: number;
  /** Since when most have answered, without a break. */
  readonly goodSinceMs: number | undefined;
  /** When the judgement changed last; undefined when it never has. */
  readonly changedAtMs: number | undefined;
  /** How many changes have followed each other closely. */
  readonly changesInARow: number;
}

export function noOutage(isGone = false): OutageState {
  return {
    ...{ isGone, silentRounds: 0, goodSinceMs: undefined },
    ...{ changedAtMs: undefined, changesInARow: 0 },
  };
}

/** What is known after one more round. */
export function judgeRound(
  before: OutageState,
  witnesses: readonly Witness[],
  atMs: number,
  policy: OutagePolicy,
): OutageState {
  const silentRounds = areSilent(witnesses, policy) ? before.silentRounds + 1 : 0;
  const goodSinceMs = answerMostly(witnesses) ? (before.goodSinceMs ?? atMs) : undefined;
  const seen = { ...before, silentRounds, goodSinceMs };
  return isDue(seen, atMs, policy) ? changed(seen, atMs, policy) : seen;
}

/** The classes that nobody answers for, in a list for people. */
export function silentClasses(witnesses: readonly Witness[]): DependencyClass[] {
  const silent = witnesses.filter(({ outcome, isOutlier }) => outcome === 'silent' && !isOutlier);
  return [...new Set(silent.map((witness) => witness.class))];
}

/** Whether there are enough independent witnesses to tell that the internet is gone. */
export function areEnough(
  witnesses: readonly Pick<Witness, 'class' | 'supplier'>[],
  { independent }: Pick<OutagePolicy, 'independent'>,
): boolean {
  const classes = new Set(witnesses.map((witness) => witness.class));
  const suppliers = new Set(witnesses.map(({ supplier }) => supplier));
  return Math.min(classes.size, suppliers.size) >= independent;
}

/** How long after a change there is no other one. */
export function holdMs({ changesInARow }: OutageState, policy: OutagePolicy): number {
  const doubled = policy.stableMs * 2 ** Math.max(0, changesInARow - 1);
  return Math.min(doubled, policy.longestHoldMs);
}

// One answer of anybody, an outlier too, shows that the network is there.
function areSilent(witnesses: readonly Witness[], policy: OutagePolicy): boolean {
  if (witnesses.some(({ outcome }) => outcome !== 'silent')) return false;
  return areEnough(
    witnesses.filter(({ isOutlier }) => !isOutlier),
    policy,
  );
}

function answerMostly(witnesses: readonly Witness[]): boolean {
  const counted = witnesses.filter(({ isOutlier }) => !isOutlier);
  const answering = counted.filter(({ outcome }) => outcome !== 'silent');
  return answering.length > counted.length / 2;
}

function isDue(state: OutageState, atMs: number, policy: OutagePolicy): boolean {
  const { changedAtMs, goodSinceMs } = state;
  if (changedAtMs !== undefined && atMs - changedAtMs < holdMs(state, policy)) return false;
  return state.isGone
    ? goodSinceMs !== undefined && atMs - goodSinceMs >= policy.stableMs
    : state.silentRounds >= policy.silentRounds;
}

function changed(state: OutageState, atMs: number, policy: OutagePolicy): OutageState {
  const { changedAtMs, changesInARow } = state;
  const isSoon =
    changedAtMs !== undefined && atMs - changedAtMs < holdMs(state, policy) + policy.calmMs;
  return {
    ...{ isGone: !state.isGone, silentRounds: 0, goodSinceMs: undefined },
    ...{ changedAtMs: atMs, changesInARow: isSoon ? changesInARow + 1 : 1 },
  };
}
