import { BaseError } from '@371os/kernel';

/** A tracker did not do what it was asked. */
export class IssueTrackerError extends BaseError {
  constructor({
    place,
    problem,
    isRetryable = false,
    cause,
  }: {
    place: string;
    problem: string;
    isRetryable?: boolean;
    cause?: unknown;
  }) {
    super(`${place} cannot be used: ${problem}.`, { cause, isRetryable });
  }
}

/** Nothing says which tracker, or how to get in. */
export class NoTrackerError extends BaseError {
  constructor({ tracker, settings }: { tracker: string; settings: readonly string[] }) {
    super(`No issue can be opened as ${tracker}: set ${settings.join(', ')}.`);
  }
}
