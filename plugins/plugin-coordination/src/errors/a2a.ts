import { BaseError } from '@371os/kernel';

/** An address that is not asked, or told of anything. */
export class AddressRefusedError extends BaseError {
  constructor({ url, problem }: { url: string; problem: string }) {
    super(`${url.slice(0, 200)} is not called: ${problem}.`);
  }
}

/** A task has as many webhooks as it may have. */
export class TooManyWebhooksError extends BaseError {
  constructor({ most }: { most: number }) {
    super(`A task has at most ${String(most)} webhooks: delete one before you add another.`);
  }
}
