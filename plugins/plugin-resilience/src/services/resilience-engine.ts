import type { BackupParts } from './mode-service.ts';
import type { Drills } from './drills.ts';
import type { Failovers } from './failovers.ts';
import type { Leadership } from './leadership.ts';
import type { OpenedLibrary } from './library-service.ts';
import type { Library } from './library.ts';
import type { Measures } from './measures.ts';
import type { OpenedMesh } from './mesh-service.ts';
import type { Scaler } from './scaler.ts';

/** Something that runs in the background from start to stop. */
export interface Duty {
  start(): Promise<void> | void;
  stop(): Promise<void> | void;
}

export interface EngineParts {
  readonly leadership: Leadership;
  readonly backup: BackupParts;
  readonly library: OpenedLibrary;
  /** Undefined when this node is in no organisation. */
  readonly mesh: OpenedMesh | undefined;
  readonly scaling: Scaler;
  readonly failovers: Failovers;
  readonly drills: Drills;
  readonly measures: Measures;
}

/** The resilience officer of this process: one for each database, whichever agents ask for it. */
export class ResilienceEngine implements Omit<EngineParts, 'library'> {
  readonly leadership: Leadership;
  readonly backup: BackupParts;
  /** What this node keeps, and can look up in others. */
  readonly library: Library;
  readonly mesh: OpenedMesh | undefined;
  readonly scaling: Scaler;
  readonly failovers: Failovers;
  readonly drills: Drills;
  readonly measures: Measures;
  readonly #duties: readonly Duty[];
  readonly #onError: (error: unknown) => void;

  constructor(parts: EngineParts, onError: (error: unknown) => void) {
    const { leadership, backup, library, mesh, scaling, failovers, drills, measures } = parts;
    this.leadership = leadership;
    this.backup = backup;
    this.library = library.library;
    this.mesh = mesh;
    this.scaling = scaling;
    this.failovers = failovers;
    this.drills = drills;
    this.measures = measures;
    this.#onError = onError;
    const meshes = mesh ? [mesh] : [];
    const first = [leadership, backup, library, ...meshes];
    this.#duties = [...first, scaling, failovers, drills, measures];
  }

  /** Begins all duties. What cannot begin says so and is not in the way of others. */
  async start(): Promise<void> {
    for (const duty of this.#duties) await this.#safely(() => duty.start());
  }

  /** Ends them, the newest first. */
  async stop(): Promise<void> {
    for (const duty of this.#duties.toReversed()) await this.#safely(() => duty.stop());
  }

  async #safely(work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#onError(error);
    }
  }
}
