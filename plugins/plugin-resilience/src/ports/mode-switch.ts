import type { Mode } from '../domain/mode.ts';

/** Who wants the mode changed, and why. */
export interface ModeOrder {
  readonly by: string;
  readonly cause: string;
  /** The fencing token of a leader: nothing is changed when another one leads. */
  readonly epoch?: number | undefined;
}

/** The mode of this node. */
export interface ModeSwitch {
  /** As this process knows it; never waits. */
  readonly mode: Mode;
}
