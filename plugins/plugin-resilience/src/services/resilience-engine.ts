import type { Drills } from './drills.ts';
import type { BackupParts } from '../open-backup-mode.ts';
import type { Leadership } from './leadership.ts';
import type { Measures } from './measures.ts';

/** Something that runs in the background from start to stop. */
export interface Duty {
  start(): Promise<void> | void;
  stop(): Promise<void> | void;
}

export interface EngineParts {
  readonly leadership: Leadership;
  readonly measures: Measures;
  readonly drills: Drills;
  readonly backup: BackupParts;
}

/** The resilience officer of this process: one for each database, whichever agents ask for it. */
export class ResilienceEngine {
  readonly leadership: Leadership;
  readonly measures: Measures;
  readonly drills: Drills;
  readonly backup: BackupParts;
  readonly #duties: readonly Duty[];

  constructor(parts: EngineParts) {
    this.leadership = parts.leadership;
    this.measures = parts.measures;
    this.drills = parts.drills;
    this.backup = parts.backup;
    this.#duties = [parts.leadership, parts.backup, parts.drills, parts.measures];
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
