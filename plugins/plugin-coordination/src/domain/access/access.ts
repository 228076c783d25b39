import { hasRole, type Principal } from '@371os/kernel';
import { OtherAgentError, ScopeMissingError } from '../../errors/access.ts';

/** What a token may be for, each tool within one of them. */
export const SCOPES = [
  'memory:read',
  'memory:write',
  'agents:read',
  'agents:run',
  'files:read',
  'files:write',
] as const;
export type Scope = (typeof SCOPES)[number];

/** Who asks, and for what their token is good. */
export interface Access {
  readonly principal: Principal;
  readonly scopes: readonly Scope[];
  /** The one agent that the token is for; all of them when it is not given. */
  readonly agent?: string | undefined;
}

const wanted: readonly string[] = SCOPES;

export function isScope(word: string): word is Scope {
  return wanted.includes(word);
}

/** All that the owner's own token is good for. */
export function wholeAccess(principal: Principal): Access {
  return { principal, scopes: SCOPES };
}

/** @throws ScopeMissingError */
export function requireScope({ scopes }: Access, scope: Scope): void {
  if (!scopes.includes(scope)) throw new ScopeMissingError({ scope });
}

/** @throws OtherAgentError when the token is for another agent */
export function requireAgent({ agent: own }: Access, agent: string): void {
  if (own !== undefined && own.toLowerCase() !== agent.toLowerCase())
    throw new OtherAgentError({ agent, own });
}

/** Whether somebody works for the company rather than being its guest. */
export function isStaff({ principal }: Access): boolean {
  return hasRole(principal, 'admin');
}
