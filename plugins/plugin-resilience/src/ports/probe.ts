import type { DependencyClass } from '../domain/dependency-class.ts';

/** A way to find out whether something that the company depends on is there. */
export interface Probe {
  /** Unique among the probes, such as `IPFS at 127.0.0.1:5001`. */
  readonly name: string;
  readonly class: DependencyClass;
  /** Who stands behind it, such as a host. */
  readonly supplier: string;
  /** Whether it is reached over the internet. */
  readonly isOutside: boolean;
  /**
   * Asks it once.
   * @throws BadAnswerError when something answers that is not well; anything else when nobody does
   */
  check(signal: AbortSignal): Promise<void>;
}
