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
