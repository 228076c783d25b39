import { isDiskFull } from './disk-full.ts';

const MARKER = Symbol.for('371os.error');

export interface BaseErrorInit {
  /** What caused it; kept for logs, never shown to a user. */
  cause?: unknown;
  /** Whether the same call may succeed later without anyone changing anything. */
  isRetryable?: boolean;
  /** JSON-safe facts without secrets. */
  details?: Record<string, unknown>;
}

/**
 * The root of every error that our code throws on purpose. Its message is written for the person
 * who reads it: what happened and what to do. `name` and `code` follow from the class name:
 * `BudgetExceededError` has the code `BUDGET_EXCEEDED`.
 */
export class BaseError extends Error {
  readonly code: string;
  readonly isRetryable: boolean;
  readonly details: Record<string, unknown>;
  // Two copies of this package in one process still recognise each other's errors.
  readonly [MARKER] = true;

  constructor(message: string, init: BaseErrorInit = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = new.target.name;
    this.code = codeOf(new.target.name);
    this.isRetryable = init.isRetryable ?? false;
    this.details = init.details ?? {};
  }

  static isInstance(value: unknown): value is BaseError {
    return typeof value === 'object' && value !== null && MARKER in value;
  }
}

function codeOf(className: string): string {
  return className
    .replace(/Error$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase();
}

const DISK_FULL =
  'The disk is full, so this could not be kept: make room on it, then ask again. What was kept before is there.';

/** Text for a person: our own errors speak for themselves, others are named without their inner text. */
export function explainError(error: unknown): string {
  if (isDiskFull(error)) return DISK_FULL;
  if (BaseError.isInstance(error)) return error.message;
  return 'Something went wrong on our side; nothing was changed. The log has the details.';
}
