import type { Session } from '../domain/signed-in.ts';

/** Makes tokens for browsers, and knows its own. */
export interface SessionSigner {
  /** @param id names the session */
  issue(id: string): Promise<Session>;
  /** The session of a token, which somebody may have ended. @throws SessionRefusedError */
  verify(token: string): Promise<Session>;
}
