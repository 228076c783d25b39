import type { PicoUsd } from '@371os/kernel';

/** How many instances an agent may have, and what its metrics are to be. */
export interface ScalingTarget {
  readonly agent: string;
  readonly min: number;
  readonly max: number;
  /** Tasks for each instance, those that are being worked on included. */
  readonly queueDepth: number | undefined;
  /** Within how many milliseconds 95 % of the tasks are to end. */
  readonly latencyMs: number | undefined;
  /** Of one processor. */
  readonly cpuPercent: number | undefined;
  readonly memoryMb: number | undefined;
  /** What models and instances may cost together in an hour. */
  readonly costPicoPerHour: PicoUsd | undefined;
}

/** The one that is meant by a whole name or one word of it; undefined for none, and for several. */
export function findTarget(
  targets: readonly ScalingTarget[],
  wanted: string,
): ScalingTarget | undefined {
  const word = wanted.trim().toLowerCase();
  const exact = targets.find(({ agent }) => agent.toLowerCase() === word);
  const near = targets.filter(({ agent }) => agent.toLowerCase().split(' ').includes(word));
  return exact ?? (near.length === 1 ? near[0] : undefined);
}
