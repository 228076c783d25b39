/** A token that was made, as it is kept: the token itself is not. */
export interface KeptToken {
  /** Its number, which stands in it, and by which it is ended. */
  readonly id: string;
  readonly name: string;
  readonly role: 'guest' | 'admin';
  readonly scopes: readonly string[];
  /** The one agent that it is for; all of them when it is not given. */
  readonly agent?: string | undefined;
  /** In seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Whether it alone was ended, or all of its name. */
  readonly isEnded: boolean;
}

/** Knows which tokens were made, and which of them were ended before their time. */
export interface TokenBook {
  /** Tokens of that name that were made before are not good any more; in seconds since 1970. */
  endOf(name: string): Promise<number>;
  /** Whether that one alone was ended. */
  isEnded(id: string): Promise<boolean>;
  /** Ends all tokens of a name that there are now. */
  end(name: string): Promise<void>;
  /** Ends one token; undefined when none of that number is known. */
  endOne(id: string): Promise<KeptToken | undefined>;
  keep(token: Omit<KeptToken, 'isEnded'>): Promise<void>;
  /** Those that have not run out, the newest first. */
  list(): Promise<KeptToken[]>;
}
