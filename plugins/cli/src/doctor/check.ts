import { columns } from '../columns.ts';

/** What a check found. `mend` says what to do where it is not well. */
export interface Finding {
  readonly state: 'ok' | 'warning' | 'failed';
  readonly found: string;
  readonly mend?: string;
}

/** One thing that the doctor looks at. It never throws, and ends within its time. */
export interface Check {
  readonly name: string;
  run: () => Promise<Finding>;
}

/** What was looked at, and what was found. */
export interface Examined extends Finding {
  readonly name: string;
}

export async function examine({ name, run }: Check): Promise<Examined> {
  return { name, ...(await run()) };
}

/** A table of what was found, and below it how to mend what is not well. */
export function inWords(examined: readonly Examined[]): string {
  const table = columns(examined.map(({ name, state, found }) => [name, state, found]));
  const mends = examined.flatMap(({ name, mend }) => (mend ? [`${name}: ${mend}`] : []));
  return [table, ...mends].join('\n');
}

export type Environment = Readonly<Record<string, string | undefined>>;

export function ok(found: string): Finding {
  return { state: 'ok', found };
}

export function warning(found: string, mend: string): Finding {
  return { state: 'warning', found, mend };
}

export function failed(found: string, mend: string): Finding {
  return { state: 'failed', found, mend };
}
