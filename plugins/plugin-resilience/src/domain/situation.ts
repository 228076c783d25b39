import type { Mode } from './mode.ts';

/** A time without the internet. Moments are milliseconds since 1970, by the database's clock. */
export interface Outage {
  readonly id: string;
  readonly cause: string;
  readonly beganAtMs: number;
  /** Undefined while it lasts. */
  readonly endedAtMs: number | undefined;
}

/** The mode with what led to it. */
export interface Situation {
  readonly mode: Mode;
  /** How many times the mode has changed. */
  readonly changes: number;
  /** Who had changed it before; undefined when it has changed less than twice. */
  readonly changedBefore: string | undefined;
  /** The newest outage, over or not. */
  readonly outage: Outage | undefined;
  /** What the database's clock said. */
  readonly readAtMs: number;
}

/** One change of the mode. */
export interface ModeTransition {
  /** 1 and up. */
  readonly number: number;
  readonly from: string;
  readonly to: string;
  readonly cause: string;
  readonly by: string;
  /** The fencing token of whoever led then; undefined when nobody did. */
  readonly epoch: number | undefined;
  readonly atMs: number;
}
