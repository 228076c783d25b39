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
  /** Enters backup mode; nothing changes when it is in it. */
  activate(order: ModeOrder): Promise<Mode>;
  /** Leaves it; nothing changes when it is not in it. */
  deactivate(order: ModeOrder): Promise<Mode>;
  /** Calls back with each new mode. Returns what ends that. */
  onChange(listener: (mode: Mode) => void): () => void;
}
