import type { DependencyClass } from '../domain/dependency-class.ts';
import type { Drill, DrillKind, DrillTarget } from '../domain/drill.ts';
import type { DrillRequest } from '../domain/read-drill-request.ts';

/** What is seen of a fault at a look. */
export interface FaultSight {
  /** Whether anybody has noticed it. */
  readonly isDetected: boolean;
  /** Whether something real has been done by what takes its place. */
  readonly isRecovered: boolean;
  /** Another class whose failover that has shown as well. */
  readonly alsoShows?: DependencyClass | undefined;
  /** Why nothing will take its place any more, as a sentence. */
  readonly failure?: string | undefined;
}

/** One fault. */
export interface DrillSubject {
  make(): Promise<void>;
  /** Makes all be as before; repeating it changes nothing. */
  takeBack(): Promise<void>;
  /** How far it is. Does not wait for what takes long. */
  look(): Promise<FaultSight>;
  /** Ends what it does to see that. */
  close(): void;
}

/** Where faults can be made to one type of target. */
export interface DrillSite {
  readonly type: DrillTarget['type'];
  readonly kinds: readonly DrillKind[];
  /**
   * What a request means now; undefined when its target is of another site.
   * @throws DrillRefusedError
   */
  plan(request: DrillRequest): Promise<DrillTarget | undefined>;
  /**
   * A fault of this process's making.
   * @param target that of the drill, of this site's type
   * @throws DrillRefusedError when all is not as it was planned
   */
  open(drill: Drill, target: DrillTarget): Promise<DrillSubject>;
}
