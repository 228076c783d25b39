import { BaseError } from '@371os/kernel';

export class BodyTooLargeError extends BaseError {
  constructor({ limit }: { limit: number }) {
    super(`The request is longer than ${String(limit)} bytes: send less.`, { details: { limit } });
  }
}
