import { BaseError } from './errors.ts';

export class EmptyMessageError extends BaseError {
  constructor() {
    super('Your message is empty: write what you want done, or /help for what can be typed.');
  }
}

export class MessageTooLongError extends BaseError {
  constructor({ sizeBytes, limitBytes }: { sizeBytes: number; limitBytes: number }) {
    super(
      `Your message has ${kilobytes(sizeBytes)}, and ${kilobytes(limitBytes)} is the most that is read at once: send the part that matters, or raise MESSAGE_MAX_BYTES.`,
      { details: { sizeBytes, limitBytes } },
    );
  }
}

export class BinaryMessageError extends BaseError {
  constructor() {
    super('Your message is not text: send words, and put files where the agent can read them.');
  }
}

// Replacement characters are what binary turns into when it is read as UTF-8.
// eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const UNREADABLE = /[\u0000-\u0008\u000e-\u001f\ufffd]/g;
const MOST_UNREADABLE = 0.02;

/**
 * The trimmed text of a message that can be worked on. Stray control characters are dropped:
 * databases refuse NUL.
 * @throws EmptyMessageError, MessageTooLongError, BinaryMessageError
 */
export function acceptText(text: string | undefined, limitBytes: number): string {
  const sizeBytes = Buffer.byteLength(text ?? '');
  if (sizeBytes > limitBytes) throw new MessageTooLongError({ sizeBytes, limitBytes });
  const unreadable = text?.match(UNREADABLE)?.length ?? 0;
  if (unreadable > Math.max(2, (text?.length ?? 0) * MOST_UNREADABLE))
    throw new BinaryMessageError();
  const readable = (text ?? '').replace(UNREADABLE, '').trim();
  if (readable === '') throw new EmptyMessageError();
  return readable;
}

function kilobytes(sizeBytes: number): string {
  return `${(sizeBytes / 1000).toLocaleString('en-US', { maximumFractionDigits: 1 })} kB`;
}
