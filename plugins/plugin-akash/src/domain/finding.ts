/** Something that a look at the chain has brought up, to be told once. */
export interface Finding {
  /** The same for the same thing, however often it is found. */
  readonly id: string;
  /** For whom it is; empty when it is for whoever may know of all deployments. */
  readonly requesterId: string;
  readonly roomId: string;
  /** What happened, and what can be done. */
  readonly words: string;
}
