/** How the connection to a platform stands. */
export interface ChannelState {
  readonly isOnline: boolean;
  /** For a person: what is, or what to do. */
  readonly words: string;
}
