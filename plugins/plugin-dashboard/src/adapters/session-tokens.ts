import { createHmac } from 'node:crypto';
import type { Clock } from '@371os/kernel';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { Session } from '../domain/signed-in.ts';
import { SessionRefusedError } from '../errors.ts';
import type { SessionSigner } from '../ports/session-signer.ts';

export interface SessionTokensInit {
  /** What the company's owner proves themselves with; a new one ends all sessions. */
  readonly ownerToken: string;
  /** How long a session lasts, in milliseconds. */
  readonly lastsMs: number;
  readonly clock: Clock;
}

const ISSUER = '371os';
const AUDIENCE = '371os dashboard';
const ALGORITHM = 'HS256';
const TYPE = 'dashboard+jwt';
const claims = z.object({ exp: z.number(), jti: z.string() });

/** Tokens of browsers: good for the dashboard alone and for a while. */
export class SessionTokens implements SessionSigner {
  readonly #init: SessionTokensInit;
  readonly #key: Buffer;

  constructor(init: SessionTokensInit) {
    this.#init = init;
    this.#key = createHmac('sha256', init.ownerToken).update('371os dashboard').digest();
  }

  async issue(id: string): Promise<Session> {
    const { clock, lastsMs } = this.#init;
    const expiresAtS = Math.floor((clock() + lastsMs) / 1_000);
    const token = await new SignJWT()
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setJti(id)
      .setExpirationTime(expiresAtS)
      .sign(this.#key);
    return { id, token, expiresAtMs: expiresAtS * 1_000 };
  }

  async verify(token: string): Promise<Session> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        ...{ audience: AUDIENCE, issuer: ISSUER, algorithms: [ALGORITHM], typ: TYPE },
        ...{ currentDate: new Date(this.#init.clock()), requiredClaims: ['exp', 'jti'] },
      });
      const { jti, exp } = claims.parse(payload);
      return { id: jti, token, expiresAtMs: exp * 1_000 };
    } catch (error) {
      const isOver = error instanceof errors.JWTExpired;
      throw new SessionRefusedError({ problem: isOver ? 'the session is over' : NOT_OURS });
    }
  }
}

const NOT_OURS = 'this is no token of a session here';
