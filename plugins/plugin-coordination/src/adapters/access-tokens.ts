import { createHmac } from 'node:crypto';
import {
  guestNamed,
  OWNER,
  secretsEqual,
  type Clock,
  type IdSource,
  type Principal,
} from '@371os/kernel';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { isScope, wholeAccess, type Access, type Scope } from '../domain/access/access.ts';
import { TokenRefusedError, UnknownTokenError } from '../errors/access.ts';
import type { KeptToken, TokenBook } from '../ports/token-book.ts';

export interface AccessTokensInit {
  /** What the company's owner proves themselves with; who changes it ends all tokens. */
  readonly ownerToken: string;
  /** The address that tokens are for, and no other. */
  readonly audience: string;
  readonly book: TokenBook;
  readonly newId: IdSource;
  /** In milliseconds. */
  readonly clock: Clock;
}

/** What a token is to be good for. */
export interface Grant {
  /** Of the program or person who gets it: letters, digits, dots and dashes. */
  readonly name: string;
  readonly role: 'guest' | 'admin';
  readonly scopes: readonly Scope[];
  readonly agent?: string | undefined;
  readonly days: number;
}

/** A token that was made; nobody can read it again. */
export interface Issued {
  readonly token: string;
  /** By which it is ended, and found among those that were made. */
  readonly id: string;
}

/** A token that was believed. */
export interface Proved {
  readonly access: Access;
  /** In seconds since 1970. */
  readonly expiresAt: number;
}

const NAME = /^[\w.-]{1,64}$/;
const ISSUER = '371os';
const ALGORITHM = 'HS256';
const DAY_S = 86_400;

const claims = z.object({
  sub: z.string().regex(/^(guest|admin):[\w.-]{1,64}$/),
  scope: z.string().transform((text) => text.split(' ').filter(isScope)),
  agent: z.string().min(1).optional(),
  jti: z.string(),
  iat: z.number(),
  exp: z.number(),
});

/**
 * Tokens for programs: each for this company alone, for a while, and for some of what can be done.
 * They are signed with a key made of the owner's token, and kept nowhere: what is kept is which were made, and which of them were ended.
 */
export class AccessTokens {
  readonly #init: AccessTokensInit;
  readonly #key: Buffer;

  constructor(init: AccessTokensInit) {
    this.#init = init;
    this.#key = createHmac('sha256', init.ownerToken).update('371os access tokens').digest();
  }

  async issue({ name, role, scopes, agent, days }: Grant): Promise<Issued> {
    const { audience, newId, book } = this.#init;
    // Newer than those that were ended, whatever the clocks say.
    const nowS = Math.max(this.#nowS(), await book.endOf(name));
    const [id, expiresAt] = [newId(), nowS + days * DAY_S];
    const token = await new SignJWT({
      scope: scopes.join(' '),
      ...(agent === undefined ? {} : { agent }),
    })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt' })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setSubject(`${role}:${name}`)
      .setIssuedAt(nowS)
      .setExpirationTime(expiresAt)
      .setJti(id)
      .sign(this.#key);
    await book.keep({ id, name, role, scopes, agent, issuedAt: nowS, expiresAt });
    return { token, id };
  }

  /**
   * What a token is good for.
   * @param actAs whom the owner speaks as, the owner by default
   * @throws TokenRefusedError, CoordinationStoreError when it is not known whether it was ended
   */
  async verify(token: string, actAs?: string): Promise<Proved> {
    const { ownerToken, book } = this.#init;
    if (secretsEqual(token, ownerToken))
      return { access: wholeAccess(ownerOr(actAs)), expiresAt: this.#nowS() + DAY_S };
    const { sub, scope: scopes, agent, jti, iat, exp } = await this.#read(token);
    if (iat < (await book.endOf(nameIn(sub))) || (await book.isEnded(jti)))
      throw new TokenRefusedError({ problem: 'the owner has ended it' });
    const role = sub.startsWith('admin:') ? 'admin' : 'guest';
    const principal: Principal = { id: sub, role, proof: 'token' };
    return { access: { principal, scopes, agent }, expiresAt: exp };
  }

  /** Ends all tokens of a name, whatever they are for; those that are made later are good. */
  async end(name: string): Promise<void> {
    await this.#init.book.end(name);
  }

  /** Ends one token; the others of its name stay good. @throws UnknownTokenError */
  async endOne(id: string): Promise<KeptToken> {
    const ended = await this.#init.book.endOne(id);
    if (!ended) throw new UnknownTokenError({ id });
    return ended;
  }

  /** Those that were made and have not run out, the newest first. */
  async list(): Promise<readonly KeptToken[]> {
    return this.#init.book.list();
  }

  async #read(token: string): Promise<z.output<typeof claims>> {
    const { audience, clock } = this.#init;
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        ...{ audience, issuer: ISSUER, algorithms: [ALGORITHM], typ: 'at+jwt' },
        ...{ currentDate: new Date(clock()), requiredClaims: ['exp', 'iat', 'sub', 'jti'] },
      });
      return claims.parse(payload);
    } catch (error) {
      throw new TokenRefusedError({ problem: problemOf(error) });
    }
  }

  #nowS(): number {
    return Math.floor(this.#init.clock() / 1_000);
  }
}

function ownerOr(name: string | undefined): Principal {
  if (name === undefined || name === 'owner') return OWNER;
  // A guest's rooms are known by the name, so no other sign may be in it.
  if (!NAME.test(name))
    throw new TokenRefusedError({
      problem: 'X-Act-As is a name of up to 64 letters, digits, dots and dashes',
    });
  return guestNamed(name);
}

function nameIn(subject: string): string {
  return subject.slice(subject.indexOf(':') + 1);
}

function problemOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud')
    return 'it is for another address';
  return 'this company has not issued it';
}
