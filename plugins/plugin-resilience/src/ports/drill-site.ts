import type { Drill, DrillKind, DrillPlan } from '../domain/drill.ts';
import type { DrillRequest } from '../domain/read-drill-request.ts';

/** What is seen of a fault at a look. */
export interface FaultSight {
  /** Whether anybody has noticed it. */
  readonly isDetected: boolean;
  /** Whether something real has been done by what takes its place. */
  readonly isRecovered: boolean;
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

/** Where faults of some kinds can be made. */
export interface DrillSite {
  readonly kinds: readonly DrillKind[];
  /** What a request means now. @throws DrillRefusedError */
  plan(request: DrillRequest): Promise<DrillPlan['target']>;
  /** A fault of this process's making. @throws DrillRefusedError when all is not as it was planned */
  open(drill: Drill): Promise<DrillSubject>;
}
