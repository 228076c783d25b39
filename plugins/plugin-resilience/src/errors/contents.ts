import { BaseError } from '@371os/kernel';

/** A content that nobody who can be reached has, or that was forged wherever it was found. */
export class ContentAwayError extends BaseError {
  constructor({ cid }: { cid: string }) {
    super(
      `The content ${cid} cannot be had now: no node that can be reached has it as it was. Ask again when more nodes are there.`,
      { isRetryable: true, details: { cid } },
    );
  }
}

/** A text that is too long to be shared. */
export class ContentTooBigError extends BaseError {
  constructor({ title, bytes, most }: { title: string; bytes: number; most: number }) {
    super(
      `"${title}" is too long to be shared: ${String(bytes)} bytes, of ${String(most)} at most. Share it in parts.`,
      { details: { bytes, most } },
    );
  }
}

/** A library whose nodes took too long to answer. */
export class LibraryLateError extends BaseError {
  constructor({ timeoutMs }: { timeoutMs: number }) {
    super(
      `What the nodes keep could not be looked through in ${String(timeoutMs)} ms. Ask again, or look with /find.`,
      { isRetryable: true, details: { timeoutMs } },
    );
  }
}
