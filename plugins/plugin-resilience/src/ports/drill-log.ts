import type { DependencyClass } from '../domain/dependency-class.ts';

/** What drills have shown. */
export interface DrillLog {
  /** When the failover of each class was last drilled with success, in milliseconds since 1970. */
  lastSuccesses(): Promise<ReadonlyMap<DependencyClass, number>>;
}
