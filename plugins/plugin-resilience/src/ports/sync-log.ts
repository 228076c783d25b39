/** A change made while its receiver could not be reached, and what became of it. Moments are milliseconds since 1970. */
export interface SyncSample {
  readonly id: string;
  readonly madeAtMs: number;
  /** When the receiver could be reached again; undefined while it cannot. */
  readonly linkBackAtMs: number | undefined;
  /** When the receiver said that it has applied it, in its place and with the right hash. */
  readonly verifiedAtMs: number | undefined;
  /** True when the receiver applied it more than once, out of order, or with another hash. */
  readonly isSpoilt: boolean;
}

/** What was changed while something could not be reached. */
export interface SyncLog {
  /** Samples made since then. */
  samples(sinceMs: number): Promise<SyncSample[]>;
}
