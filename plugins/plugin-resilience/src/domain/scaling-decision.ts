import type { PicoUsd } from '@371os/kernel';
import type { Proposal } from './hpa.ts';
import type { WorkLoad } from './readings.ts';

/** How many instances somebody wants whatever the metrics say. */
export interface ScalingOrder {
  readonly agent: string;
  readonly count: number;
  /** Id of the person. */
  readonly by: string;
}

/** How many instances an agent should have, and why. */
export interface ScalingDecision {
  readonly agent: string;
  readonly current: number;
  readonly count: number;
  /** What the metrics ask for by themselves. */
  readonly recommended: number;
  readonly min: number;
  readonly max: number;
  readonly hasWork: boolean;
  readonly proposals: readonly Proposal[];
  /** Sentences, in the order in which they counted. */
  readonly reasons: readonly string[];
  /** Undefined when it could not be read. */
  readonly load: WorkLoad | undefined;
  readonly order: ScalingOrder | undefined;
  readonly pricePicoPerHour: PicoUsd;
  /** Whether more would be right than somebody has approved. */
  readonly needsApproval: boolean;
}
