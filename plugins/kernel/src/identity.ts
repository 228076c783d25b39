import { createUniqueUuid, type IAgentRuntime, type Memory } from '@elizaos/core';
import { z } from 'zod';
import { currentConversation } from './conversation.ts';
import type { Principal, Role } from './principal.ts';
import { processWide } from './process-wide.ts';
import { runtimeSettings } from './setting-layers.ts';

/** Who is known, and how; every plugin of the suite declares them. */
export const identitySettings = z.object({
  /** Platform accounts with a role, with commas between them: `telegram:1234,discord:5678`. */
  OWNER_ACCOUNTS: z.string().optional(),
  ADMIN_ACCOUNTS: z.string().optional(),
  /** The token that the routes of our plugins ask for. */
  ELIZA_SERVER_AUTH_TOKEN: z.string().optional(),
});

const ACCOUNT_SETTINGS = [
  ['OWNER_ACCOUNTS', 'owner'],
  ['ADMIN_ACCOUNTS', 'admin'],
] as const satisfies readonly (readonly [string, Role])[];

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

/** The role that the settings of an agent give a platform account, such as `telegram:1234`. */
export function roleOfAccount(runtime: IAgentRuntime, account: string): Role | undefined {
  return ACCOUNT_SETTINGS.find(([setting]) => accountsIn(runtime, setting).includes(account))?.[1];
}

// Platform plugins derive the entity id from the account id, so an account listed in the settings
// is recognised by deriving it again; nothing the sender writes enters into it.
function platformAccount(
  runtime: IAgentRuntime,
  message: Memory,
  source: string,
): Principal | undefined {
  for (const [setting, role] of ACCOUNT_SETTINGS) {
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
  const value = runtimeSettings(runtime)(setting);
  return typeof value === 'string' ? value.split(',').map((account) => account.trim()) : [];
}

function splitAccount(account: string): [string, string] {
  const colon = account.indexOf(':');
  return [account.slice(0, colon), account.slice(colon + 1)];
}
