import { createHmac } from 'node:crypto';
import type { Clock } from '@371os/kernel';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { SessionRefusedError } from '../errors.ts';

export interface SessionTokensInit {
  /** What the company's owner proves themselves with; a new one ends all sessions. */
  readonly ownerToken: string;
  /** How long a session lasts, in milliseconds. */
  readonly lastsMs: number;
  readonly clock: Clock;
}

/** A session of the owner in one browser. */
export interface Session {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

const ISSUER = '371os';
const AUDIENCE = '371os dashboard';
const ALGORITHM = 'HS256';
const TYPE = 'dashboard+jwt';
const claims = z.object({ exp: z.number() });

/** Tokens of browsers: good for the dashboard alone and for a while, and kept nowhere here. */
export class SessionTokens {
  readonly #init: SessionTokensInit;
  readonly #key: Buffer;

  constructor(init: SessionTokensInit) {
    this.#init = init;
    this.#key = createHmac('sha256', init.ownerToken).update('371os dashboard').digest();
  }

  async issue(): Promise<Session> {
    const { clock, lastsMs } = this.#init;
    const expiresAtS = Math.floor((clock() + lastsMs) / 1_000);
    const token = await new SignJWT()
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setExpirationTime(expiresAtS)
      .sign(this.#key);
    return { token, expiresAtMs: expiresAtS * 1_000 };
  }

  /** When the session of a token ends, in milliseconds since 1970. @throws SessionRefusedError */
  async verify(token: string): Promise<number> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        ...{ audience: AUDIENCE, issuer: ISSUER, algorithms: [ALGORITHM], typ: TYPE },
        ...{ currentDate: new Date(this.#init.clock()), requiredClaims: ['exp'] },
      });
      return claims.parse(payload).exp * 1_000;
    } catch (error) {
      const isOver = error instanceof errors.JWTExpired;
      throw new SessionRefusedError({ problem: isOver ? 'the session is over' : NOT_OURS });
    }
  }
}

const NOT_OURS = 'this is no token of a session here';
