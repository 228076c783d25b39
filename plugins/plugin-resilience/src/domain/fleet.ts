import type { PicoUsd } from '@371os/kernel';
import type { Instance } from './instance.ts';

/** What instances that are paid for each by itself cost, and how many somebody has approved. */
export interface FleetTerms {
  readonly hourlyPico: PicoUsd;
  /** What the treasury sets aside for each one more. */
  readonly reservedPico: PicoUsd;
  readonly mostApproved: number;
}

/** The instances of an agent, and what there can be of them. */
export interface Fleet {
  readonly instances: readonly Instance[];
  /** Why there can be no more here, as a sentence that says what to do; undefined when there can. */
  readonly problem: string | undefined;
  /** Whether its own instance, which is number 0, is started and ended with the others. */
  readonly scalesOwn: boolean;
  /** Undefined where instances cost what the settings say and need nobody's approval. */
  readonly terms: FleetTerms | undefined;
  /** Metrics that nobody can measure there: they do not count. */
  readonly unmeasured: readonly ('cpuPercent' | 'memoryMb')[];
  /** What is to be known beside, in sentences. */
  readonly notes: readonly string[];
}

/** Instances on the machines of the company: they are there anyway. */
export function localFleet(instances: readonly Instance[], problem?: string): Fleet {
  return {
    ...{ instances, problem, scalesOwn: false, terms: undefined, unmeasured: [], notes: [] },
  };
}
