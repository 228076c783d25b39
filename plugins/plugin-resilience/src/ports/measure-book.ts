import type { Figures } from '../domain/resilience-report.ts';

/** The series of what the leader has measured. */
export interface MeasureBook {
  /** Keeps one, by the clock of the book, and forgets those that are older than that. */
  add(figures: Omit<Figures, 'atMs'>, keepMs: number): Promise<void>;
  /** The newest so many, newest first. */
  newest(limit: number): Promise<Figures[]>;
  /** The oldest one of the last so many milliseconds. */
  since(windowMs: number): Promise<Figures | undefined>;
}
