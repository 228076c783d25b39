import { BaseError } from '@371os/kernel';

/** A request for a drill that cannot be read. */
export class InvalidDrillError extends BaseError {
  constructor({ problem }: { problem: string }) {
    super(
      `The drill cannot be planned: ${problem}. Write it like this: /drill kill CFO Maya, /drill stop CFO Maya 15, /drill blackhole openai 30 or /drill provider gone IPFS 30.`,
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
