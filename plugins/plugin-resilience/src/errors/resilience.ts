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
