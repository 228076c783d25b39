import { readFileSync } from 'node:fs';

// Of /proc/PID/stat, counted after the name, which may have spaces in it.
const STARTED_FIELD = 19;

/**
 * When a process of this machine started, in ticks since the machine did; undefined when there is no
 * such process, or none that still runs. A number of a process is used again, a number with its start
 * is not.
 */
export function startOfProcess(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : rest[STARTED_FIELD - 1];
  } catch {
    return undefined;
  }
}

/** Whether this very process still runs. */
export function isSameProcess(pid: number, startedAt: string): boolean {
  return startOfProcess(pid) === startedAt;
}
