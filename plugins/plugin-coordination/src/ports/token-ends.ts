/** Knows whose tokens were ended before their time. */
export interface TokenEnds {
  /** Tokens of that name that were made before are not good any more; in seconds since 1970. */
  endOf(name: string): Promise<number>;
  /** Ends all tokens of a name that there are now. */
  end(name: string): Promise<void>;
}
