import { createUniqueUuid, type IAgentRuntime, type Memory } from '@elizaos/core';
import { BaseError } from './errors.ts';
import { environment } from './settings.ts';
import { currentConversation } from './conversation.ts';
import { processWide } from './process-wide.ts';

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

/** Says who sent a message of one source, or undefined when it cannot tell. */
export type IdentityResolver = (runtime: IAgentRuntime, message: Memory) => Principal | undefined;

function resolvers(): Map<string, IdentityResolver> {
  return processWide('identity-resolvers', () => new Map<string, IdentityResolver>());
}

/**
 * Vouches for the messages of one source (`message.content.source`). Only code that guards the
 * way in may call this: our launcher does it for the web client, which nobody reaches without the
 * owner's token.
 */
export function vouchForSource(source: string, resolver: IdentityResolver): void {
  resolvers().set(source, resolver);
}

/**
 * Who sent a message: the principal that the way in has proved, else whoever vouches for the
 * message's source, else a platform account, else a guest.
 */
export function principalOf(runtime: IAgentRuntime, message: Memory): Principal {
  const proved = currentConversation()?.principal;
  if (proved) return proved;
  const source = message.content.source ?? 'unknown';
  const vouched = resolvers().get(source)?.(runtime, message);
  return (
    vouched ??
    platformAccount(runtime, message, source) ?? {
      id: `guest:${message.entityId}`,
      role: 'guest',
      proof: 'none',
    }
  );
}

// Platform plugins derive the entity id from the account id, so an account listed in the settings
// is recognised by deriving it again; nothing the sender writes enters into it.
function platformAccount(
  runtime: IAgentRuntime,
  message: Memory,
  source: string,
): Principal | undefined {
  for (const [setting, role] of [
    ['OWNER_ACCOUNTS', 'owner'],
    ['ADMIN_ACCOUNTS', 'admin'],
  ] as const) {
    for (const account of accountsIn(runtime, setting)) {
      const [platform, accountId] = splitAccount(account);
      if (platform !== source || !accountId) continue;
      if (createUniqueUuid(runtime, accountId) === message.entityId)
        return { id: account, role, proof: 'platform' };
    }
  }
  return undefined;
}

function accountsIn(runtime: IAgentRuntime, setting: string): string[] {
  const value = runtime.getSetting(setting) ?? environment(setting);
  return typeof value === 'string' ? value.split(',').map((account) => account.trim()) : [];
}

function splitAccount(account: string): [string, string] {
  const colon = account.indexOf(':');
  return [account.slice(0, colon), account.slice(colon + 1)];
}
