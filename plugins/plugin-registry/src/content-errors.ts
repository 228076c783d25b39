import { BaseError, CutOffError } from '@371os/kernel';

/** Content that does not come, or not in time. */
export class ContentUnreachableError extends BaseError {
  constructor({ place, cause }: { place: string; cause?: unknown }) {
    const isCutOff = CutOffError.isIn(cause) && cause instanceof Error;
    const why = isCutOff ? cause.message : 'Its server does not answer in time.';
    super(`${place} cannot be had now. ${why}`, {
      isRetryable: true,
      cause,
      details: { place },
    });
  }
}

/** Bytes that are not those of the hash. */
export class ContentMismatchError extends BaseError {
  constructor({ cid, found }: { cid: string; found: string }) {
    super(
      `The server answers for ${cid} with something else (${found}): it was changed on the way or there, and is not used.`,
      { details: { cid, found } },
    );
  }
}

/** More bytes than are read. */
export class ContentTooLargeError extends BaseError {
  constructor({ place, maxBytes }: { place: string; maxBytes: number }) {
    super(`${place} has more than ${String(maxBytes)} bytes, and no more are read.`, {
      details: { place, maxBytes },
    });
  }
}

/** Content that is not of a kind that is read. */
export class InvalidContentError extends BaseError {
  constructor({ place, problem, cause }: { place: string; problem: string; cause?: unknown }) {
    super(`${place} is not what it should be: ${problem}.`, { cause, details: { place } });
  }
}

/** A web address that leads into a private network. */
export class ForbiddenAddressError extends BaseError {
  constructor({ host }: { host: string }) {
    super(`${host} is not in the public internet, or leads elsewhere, and is not asked.`, {
      details: { host },
    });
  }
}
