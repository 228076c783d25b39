import type { Failovers } from './failovers.ts';
import type { Leadership } from './leadership.ts';
import type { Scaler } from './scaler.ts';

/** Something that runs in the background from start to stop. */
export interface Duty {
  start(): Promise<void> | void;
  stop(): Promise<void> | void;
}

export interface EngineParts {
  readonly leadership: Leadership;
  readonly scaling: Scaler;
  readonly failovers: Failovers;
}

/** The resilience officer of this process: one for each database, whichever agents ask for it. */
export class ResilienceEngine {
  readonly leadership: Leadership;
  readonly scaling: Scaler;
  readonly failovers: Failovers;
  readonly #duties: readonly Duty[];

  constructor(parts: EngineParts) {
    this.leadership = parts.leadership;
    this.scaling = parts.scaling;
    this.failovers = parts.failovers;
    this.#duties = [parts.leadership, parts.scaling, parts.failovers];
  }

  /** Begins all duties. What cannot begin says so and is not in the way of others. */
  async start(): Promise<void> {
    for (const duty of this.#duties) await duty.start();
  }

  /** Ends them, the newest first. */
  async stop(): Promise<void> {
    for (const duty of this.#duties.toReversed()) await duty.stop();
  }
}
