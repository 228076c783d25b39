/** This node as a place where something runs. */
export interface HomePlace {
  /** What the node is called: who operates it. */
  readonly node: string;
  /** The machine. */
  readonly machine: string;
  readonly region: string;
}

/** The region of what does not say where it is. All of it may be in one place. */
export const UNKNOWN_REGION = 'not known';
