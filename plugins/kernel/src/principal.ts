import { BaseError } from './errors.ts';

/** What somebody may do, least first. */
export const ROLES = ['guest', 'admin', 'owner'] as const;
export type Role = (typeof ROLES)[number];

/** Who is asking, proved by a token or a platform account; never taken from an id in a request. */
export interface Principal {
  /** Stable, such as `owner`, `guest:ann`, `telegram:1234`. */
  readonly id: string;
  readonly role: Role;
  /** How it was proved. */
  readonly proof: 'token' | 'platform' | 'launcher' | 'none';
}

export const OWNER: Principal = Object.freeze({ id: 'owner', role: 'owner', proof: 'token' });

/** The company itself: housekeeping that nobody asked for. It may not approve anything. */
export const SYSTEM: Principal = Object.freeze({ id: 'system', role: 'guest', proof: 'none' });

/** Somebody asked for what their role does not allow. */
export class NotPermittedError extends BaseError {
  constructor({ what, needed }: { what: string; needed: Role }) {
    super(`Only ${needed === 'owner' ? 'the owner' : 'the owner or an admin'} may ${what}.`, {
      details: { needed },
    });
  }
}

export function hasRole(principal: Principal, needed: Role): boolean {
  return ROLES.indexOf(principal.role) >= ROLES.indexOf(needed);
}

/** @throws NotPermittedError */
export function requireRole(principal: Principal, needed: Role, what: string): void {
  if (!hasRole(principal, needed)) throw new NotPermittedError({ what, needed });
}
