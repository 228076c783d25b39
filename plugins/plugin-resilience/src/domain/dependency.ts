import type { DependencyClass } from './dependency-class.ts';
import type { Outcome } from './outage.ts';

/** Something that the company depends on, as the leading process last saw it. */
export interface Dependency {
  readonly name: string;
  readonly class: DependencyClass;
  readonly supplier: string;
  readonly isOutside: boolean;
  /** `down` after some failures in a row, `up` after as many answers. */
  readonly state: 'up' | 'down';
  /** What the last probe brought. */
  readonly outcome: Outcome;
  /** What was wrong then; empty when nothing was. */
  readonly problem: string;
  /** Probes in a row that say otherwise than `state`. */
  readonly doubts: number;
  /** Left out for a while: it fails while others do well. */
  readonly isEjected: boolean;
}

/** What one probe brought. */
export interface Finding {
  readonly name: string;
  readonly class: DependencyClass;
  readonly supplier: string;
  readonly isOutside: boolean;
  readonly outcome: Outcome;
  readonly problem: string;
}

const DOUBTS_TO_CHANGE = 3;

/** A dependency after one more probe; the first one is believed. */
export function noteFinding(
  before: Dependency | undefined,
  finding: Finding,
  isEjected: boolean,
): Dependency {
  const seen = finding.outcome === 'well' ? 'up' : 'down';
  if (!before) return { ...finding, state: seen, doubts: 0, isEjected };
  const doubts = seen === before.state ? 0 : before.doubts + 1;
  return doubts >= DOUBTS_TO_CHANGE
    ? { ...finding, state: seen, doubts: 0, isEjected }
    : { ...finding, state: before.state, doubts, isEjected };
}
