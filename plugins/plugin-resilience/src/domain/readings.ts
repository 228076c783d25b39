import type { InstanceValue, Reading } from './hpa.ts';
import type { Instance } from './instance.ts';
import type { ScalingTarget } from './scaling-target.ts';

/** What the tasks of an agent say. */
export interface WorkLoad {
  readonly queued: number;
  readonly working: number;
  readonly ended: number;
  readonly failed: number;
  readonly p95Ms: number | undefined;
  readonly activeAtMs: number | undefined;
}

/** The metrics that a target names, from what was measured; `load` may have failed. */
export function readingsOf(
  target: ScalingTarget,
  load: WorkLoad | { readonly problem: string },
  instances: readonly Instance[],
): Reading[] {
  const { queueDepth, latencyMs, cpuPercent, memoryMb } = target;
  const readings: Reading[] = [];
  if (queueDepth !== undefined) readings.push(queueReading(queueDepth, load));
  if (latencyMs !== undefined) readings.push(...latencyReading(latencyMs, load));
  const serving = instances.filter(({ state }) => state !== 'draining');
  if (cpuPercent !== undefined)
    readings.push(eachReading('cpuPercent', cpuPercent, serving, (one) => one.cpuPercent));
  if (memoryMb !== undefined)
    readings.push(eachReading('memoryMb', memoryMb, serving, (one) => one.memoryMb));
  return readings;
}

function queueReading(target: number, load: WorkLoad | { readonly problem: string }): Reading {
  const metric = 'queueDepth';
  if ('problem' in load) return { metric, kind: 'failed', problem: load.problem };
  return { metric, kind: 'shared', target, value: load.queued + load.working };
}

// When nothing ended, nothing was slow: there is nothing to read, and that is no failure.
function latencyReading(target: number, load: WorkLoad | { readonly problem: string }): Reading[] {
  const metric = 'latencyMs';
  if ('problem' in load) return [{ metric, kind: 'failed', problem: load.problem }];
  const { p95Ms: value } = load;
  return value === undefined ? [] : [{ metric, kind: 'whole', target, value }];
}

function eachReading(
  metric: string,
  target: number,
  instances: readonly Instance[],
  valueOf: (instance: Instance) => number | undefined,
): Reading {
  const values = instances.map(
    (one): InstanceValue => valueOf(one) ?? (one.state === 'starting' ? 'unready' : 'missing'),
  );
  return { metric, kind: 'each', target, values };
}
