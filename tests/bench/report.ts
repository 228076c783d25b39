/** What was measured, and the same of something simpler in the same run. */
interface Comparison {
  readonly bench: string;
  readonly unit: 'ms' | 'MB' | 'a second' | 'answers';
  readonly value: number;
  /** What the baseline is. */
  readonly baseline: string;
  readonly baselineValue: number;
}

/** Prints a measurement as one line of JSON, with its ratio to the baseline. */
export function report({ bench, unit, value, baseline, baselineValue }: Comparison): void {
  const line = {
    bench,
    unit,
    value: round(value),
    baseline,
    baselineValue: round(baselineValue),
    ratio: round(value / baselineValue),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** What a measurement says of its own progress; it goes to the terminal, not into the results. */
export function tell(progress: string): void {
  process.stdout.write(`  ${progress}\n`);
}

/** The value below which a share of the values lies, 0 to 1. NaN when there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** How long some work takes, in milliseconds. */
export async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

function round(value: number): number {
  return Number(value.toFixed(Math.abs(value) < 10 ? 2 : 1));
}
