import { BaseError } from './errors.ts';
import { isOutside } from './is-outside.ts';
import { processWide } from './process-wide.ts';

/** Something that this process does not do for the time being, with the reason. */
export class Hindrance {
  readonly #listeners = new Set<() => void>();
  #reason: string | undefined;

  /** Why, as the end of a sentence; undefined while nothing stands in the way. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** @param reason the end of a sentence such as `this node is in backup mode`; undefined ends it */
  set(reason: string | undefined): void {
    if (this.#reason === reason) return;
    this.#reason = reason;
    for (const listener of this.#listeners) listener();
  }

  /** Calls back with each change. Returns how to stop that. */
  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Why this process uses nothing in the internet. */
export const cutOff = processWide('cut-off', () => new Hindrance());

/** Why this process begins nothing new for anybody; what has begun goes on. */
export const noNewWork = processWide('no-new-work', () => new Hindrance());

/** Something in the internet was needed, which is not used for the time being. */
export class CutOffError extends BaseError {
  constructor({ what, reason }: { what: string; reason: string }) {
    super(
      `${capitalised(what)} cannot be reached now: ${reason}. What has begun waits, and goes on by itself when that is over.`,
      { isRetryable: true },
    );
  }

  /** Of any copy of this package, whatever it was wrapped in. */
  static isIn(error: unknown): boolean {
    for (let cause = error; cause instanceof Error; cause = cause.cause)
      if (BaseError.isInstance(cause) && cause.code === 'CUT_OFF') return true;
    return false;
  }
}

/** @throws CutOffError when an http address leads into the internet, and nothing there is used now */
export function refuseCutOff(url: string, what: string): void {
  const { reason } = cutOff;
  if (reason !== undefined && isOutside(url)) throw new CutOffError({ what, reason });
}

/** A request that came when nothing new is begun. */
export class NoNewWorkError extends BaseError {
  constructor({ reason }: { reason: string }) {
    super(
      `Nothing new is begun now: ${reason}. Your request was not kept; send it again when that is over.`,
      {
        isRetryable: true,
      },
    );
  }
}

/** @throws NoNewWorkError while nothing new is begun */
export function refuseNewWork(): void {
  const { reason } = noNewWork;
  if (reason !== undefined) throw new NoNewWorkError({ reason });
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
