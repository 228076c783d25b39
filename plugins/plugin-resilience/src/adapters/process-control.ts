import { readFileSync } from 'node:fs';
import { BaseError } from '@371os/kernel';

/** A process of this machine cannot be given a signal. */
export class SignalError extends BaseError {
  constructor({ pid, signal, cause }: { pid: number; signal: string; cause: unknown }) {
    super(
      `The process ${String(pid)} could not be given ${signal}: it is gone, or belongs to another user of the system.`,
      { cause, details: { pid, signal } },
    );
  }
}

// The name of a program stands in brackets and may have any in it; the fields count from behind them.
const FIELDS_BEFORE_START = 19;

/**
 * When the system started a process, in ticks since its own start (proc(5), field 22 of `stat`).
 * Undefined when there is no such process, or the system does not say it.
 */
export function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[FIELDS_BEFORE_START];
  } catch {
    return undefined;
  }
}

const TICKS_A_SECOND = 100;

/** When the system started a process, in milliseconds since 1970, or undefined. */
export function startedAtMs(startTicks: string): number | undefined {
  const since = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1];
  return since === undefined
    ? undefined
    : Number(since) * 1_000 + (Number(startTicks) * 1_000) / TICKS_A_SECOND;
}

/** Gives a process a signal, if it is the one that was started then. @throws SignalError */
export function signalProcess(
  { pid, startTicks }: { readonly pid: number; readonly startTicks: string },
  signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT',
): void {
  if (startTicksOf(pid) !== startTicks) {
    // One that is gone needs not to go on.
    if (signal === 'SIGCONT') return;
    throw new SignalError({ pid, signal, cause: undefined });
  }
  try {
    process.kill(pid, signal);
  } catch (cause) {
    throw new SignalError({ pid, signal, cause });
  }
}
