import type { CensusPart } from '../domain/census.ts';
import type { DependencyClass } from '../domain/dependency-class.ts';

/** Finds out what actually serves in some classes, and what the company can do with it. */
export interface CensusSource {
  /** What it looks at, after "from". */
  readonly name: string;
  readonly covers: readonly DependencyClass[];
  /** May throw, and may be late; then its classes are not known. */
  take(): Promise<CensusPart>;
}
