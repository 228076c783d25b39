import type { ServerCallContext, User } from '@a2a-js/sdk/server';
import { UnauthorizedError } from '@371os/kernel';
import type { Access } from '../../domain/access/access.ts';

/** A program whose token was believed, as the kit of A2A hands it on. */
export class ProgramUser implements User {
  readonly access: Access;
  /** Aborted when the program has gone. */
  readonly signal: AbortSignal;

  constructor(access: Access, signal: AbortSignal) {
    this.access = access;
    this.signal = signal;
  }

  get isAuthenticated(): boolean {
    return true;
  }

  get userName(): string {
    return this.access.principal.id;
  }
}

/** @throws UnauthorizedError */
export function programOf({ user }: ServerCallContext): ProgramUser {
  if (user instanceof ProgramUser) return user;
  throw new UnauthorizedError();
}
