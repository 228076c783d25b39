import { percentile } from '../bench/report.ts';

// On a machine that does other things, too, a goal may be missed; by this much it may not.
const MOST_TIMES_THE_GOAL = 3;

/** What faults have shown, in milliseconds, beside what is wanted for 95 of 100. */
export class FaultFigures {
  readonly #goals: Readonly<Record<string, number>>;
  readonly #values = new Map<string, number[]>();
  #faults = 0;

  /** @param goals what is measured, with its goal in milliseconds */
  constructor(goals: Readonly<Record<string, number>>) {
    this.#goals = goals;
  }

  count(): void {
    this.#faults += 1;
  }

  note(what: string, ms: number): void {
    this.#values.set(what, [...(this.#values.get(what) ?? []), ms]);
  }

  /** Prints them, and returns those that miss their goal by far, or were never measured. */
  report(): string[] {
    const shown = Object.entries(this.#goals).map(([what, goalMs]) => {
      const values = this.#values.get(what) ?? [];
      const [p50, p95] = [percentile(values, 0.5), percentile(values, 0.95)];
      const line = `${what}: p50 ${seconds(p50)}, p95 ${seconds(p95)} (goal ${seconds(goalMs)}, n ${String(values.length)})`;
      return { line, isFarOff: !(p95 <= MOST_TIMES_THE_GOAL * goalMs) };
    });
    const lines = [`${String(this.#faults)} faults`, ...shown.map(({ line }) => `  ${line}`)];
    process.stdout.write(`${lines.join('\n')}\n`);
    return shown.filter(({ isFarOff }) => isFarOff).map(({ line }) => line);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
