import { BaseError } from '@371os/kernel';

/** The database cannot be used now. */
export class ResilienceStoreError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super('The resilience records cannot be read or written now. Try again in a moment.', {
      cause,
      isRetryable: true,
    });
  }
}

export class ResilienceMissingError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(
      `${agent} has no resilience officer: add "@371os/plugin-resilience" to its plugins, or ask CRO Rex.`,
      { details: { agent } },
    );
  }
}

/** A request for a drill that cannot be read. */
export class InvalidDrillError extends BaseError {
  constructor({ problem }: { problem: string }) {
    super(
      `The drill cannot be planned: ${problem}. Write it like this: /drill kill CFO Maya, /drill stop CFO Maya 15, /drill blackhole openai 30 or /drill provider gone openai 30.`,
      { details: { problem } },
    );
  }
}

/** A drill may not, or cannot, be done now. */
export class DrillRefusedError extends BaseError {
  /** As part of a sentence. */
  readonly reason: string;

  constructor({ reason, advice }: { reason: string; advice: string }) {
    super(`There is no drill: ${reason}. ${advice}`, { details: { reason } });
    this.reason = reason;
  }
}
