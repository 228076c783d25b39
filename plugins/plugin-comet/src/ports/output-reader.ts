import type { Outline } from '../domain/output-problems.ts';

/** Reads outputs as whoever uses them will. */
export interface OutputReader {
  outline(markdown: string): Outline;
  /** Why a diagram does not parse, in a sentence; undefined when it does. */
  diagramProblem(diagram: string): Promise<string | undefined>;
}
