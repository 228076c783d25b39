import { BaseError } from '@371os/kernel';

/** A request to a provider's gateway that it refuses, with the status that the real one gives. */
export class GatewayError extends BaseError {
  readonly status: number;

  constructor({ status, problem, cause }: { status: number; problem: string; cause?: unknown }) {
    super(problem, { cause, details: { status } });
    this.status = status;
  }
}

export class InvalidManifestError extends GatewayError {
  constructor({ problem, cause }: { problem: string; cause?: unknown }) {
    super({ status: 422, problem, cause });
  }
}
