import type { PicoUsd } from '@371os/kernel';
import type { Allowance } from '../domain/affordable.ts';
import type { WorkLoad } from '../domain/readings.ts';

/** What the tasks of agents say. */
export interface WorkMeter {
  /** What ended counts when it did so in the last so many milliseconds. */
  load(agent: string, windowMs: number): Promise<WorkLoad>;
}

/** What agents cost, and what instances may. */
export interface Purse {
  /** What models have cost an agent since then, in milliseconds since 1970. */
  agentCost(agent: string, sinceMs: number): Promise<PicoUsd>;
  /** What is left under each cap that an instance of an agent counts under. */
  allowances(agent: string): Promise<Allowance[]>;
}
