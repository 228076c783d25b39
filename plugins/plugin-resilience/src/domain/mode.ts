/** Whether a node works as usual or without what is outside. */
export type ModeState = 'normal' | 'backup';

/** The mode of a node, and how it came to be in it. Moments are milliseconds since 1970. */
export interface Mode {
  readonly state: ModeState;
  readonly sinceMs: number;
  /** Why, in a few words for people. */
  readonly cause: string;
  /** Who: an id of a person, or `system`. */
  readonly by: string;
}

/** Who changes the mode when nobody asked for it. */
export const SYSTEM_ID = 'system';
