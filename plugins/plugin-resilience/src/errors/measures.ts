import { BaseError } from '@371os/kernel';

/** Something that was asked for a measurement did not answer. */
export class SourceTooSlowError extends BaseError {
  constructor({ name, withinMs }: { name: string; withinMs: number }) {
    super(
      `No answer from ${name} within ${withinMs / 1_000} s. It is asked again with the next one.`,
      {
        isRetryable: true,
      },
    );
  }
}
