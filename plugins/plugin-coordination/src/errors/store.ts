import { BaseError } from '@371os/kernel';

/** The database cannot be used now. */
export class CoordinationStoreError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super('The shared memory cannot be read or written now. Try again in a moment.', {
      cause,
      isRetryable: true,
    });
  }
}

export class CoordinationMissingError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(
      `${agent} serves no programs: add "@371os/plugin-coordination" to the plugins of the front desk.`,
      { details: { agent } },
    );
  }
}
