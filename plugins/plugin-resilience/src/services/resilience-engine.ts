import type { Drills } from './drills.ts';
import type { BackupParts } from '../open-backup-mode.ts';
import type { Leadership } from './leadership.ts';
import type { Measures } from './measures.ts';
import type { OpenedMesh } from './mesh-service.ts';

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
  readonly mesh?: OpenedMesh | undefined;
}

/** The resilience officer of this process: one for each database, whichever agents ask for it. */
export class ResilienceEngine {
  readonly leadership: Leadership;
  readonly measures: Measures;
  readonly drills: Drills;
  readonly backup: BackupParts;
  /** Undefined when this node is in no organisation. */
  readonly mesh: OpenedMesh | undefined;
  readonly #duties: readonly Duty[];

  constructor(parts: EngineParts) {
    const { leadership, backup, mesh, drills, measures } = parts;
    this.leadership = leadership;
    this.backup = backup;
    this.mesh = mesh;
    this.drills = drills;
    this.measures = measures;
    this.#duties = [leadership, backup, ...(mesh ? [mesh] : []), drills, measures];
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
