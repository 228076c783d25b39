import { createHmac } from 'node:crypto';
import type { IAgentRuntime } from '@elizaos/core';
import { agentSettings } from '@371os/kernel';
import { supplySecrets } from '@371os/plugin-akash';
import { tokenName, tokenOwner, type TokenOwner } from '../domain/hosted-environment.ts';
import { HostedIdError, NoHostingSecretError } from '../errors/hosting.ts';
import { hostingSettings } from '../settings/hosting.ts';

/** The token of a hosted agent: whoever has the company's secret can make it, and nobody keeps it. */
export type TokenOf = (owner: TokenOwner) => string;

/** @throws NoHostingSecretError, and at each call HostedIdError */
export function tokensFrom(secret: string | undefined): TokenOf {
  if (secret === undefined) throw new NoHostingSecretError();
  return (owner) => {
    const { id, generation, instance = 0 } = owner;
    if (!tokenOwner(tokenName(owner))) throw new HostedIdError({ id });
    return createHmac('sha256', secret)
      .update(`agent ${id} ${String(generation)}${instance === 0 ? '' : ` ${String(instance)}`}`)
      .digest('base64url');
  };
}

/** Lets deployments of this process fill in the tokens of hosted agents. */
export function supplyAgentTokens(runtime: IAgentRuntime): void {
  supplySecrets('lifecycle', (name) => {
    const owner = tokenOwner(name);
    if (!owner) return undefined;
    const { LIFECYCLE_SECRET } = agentSettings(hostingSettings, runtime);
    return LIFECYCLE_SECRET === undefined ? undefined : tokensFrom(LIFECYCLE_SECRET)(owner);
  });
}
