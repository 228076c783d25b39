import type { IAgentRuntime, Memory } from '@elizaos/core';
import type { ActionOutcome, Principal } from '@371os/kernel';
import { composeProfile, type AgentFacts } from '../domain/compose-profile.ts';
import { describeProfile } from '../domain/publication.ts';
import { registryOf, type RegistryService } from '../services/registry-service.ts';
import { askForApproval, presentAgent } from './ask-for-approval.ts';

/** Plans the registration of the agent that is asked, and keeps the plan for the owner's word. */
export async function askToRegister(
  runtime: IAgentRuntime,
  asked: Record<string, unknown>,
  by: { requester: Principal; message: Memory },
): Promise<ActionOutcome> {
  const registry = await registryOf(runtime);
  const { publications } = await registry.account();
  const known = await registry.self();
  // The same agent has one number, however often it is asked for.
  if (known?.published) return presentAgent(registry, known, known.published);
  const composed = composeProfile(asked, factsOf(runtime, registry));
  if ('questions' in composed)
    return { text: composed.questions.join('\n'), values: { missing: composed.questions } };
  const { profile } = composed;
  const agent = { did: registry.did, name: runtime.character.name, profile };
  const plan = await publications.plan(agent, 'register');
  return askForApproval(registry, plan, describeProfile(profile), by);
}

function factsOf({ character }: IAgentRuntime, { settings }: RegistryService): AgentFacts {
  const { bio, topics } = character;
  const registration = character.settings?.['registration'];
  return {
    name: character.name,
    description: (Array.isArray(bio) ? bio.join(' ') : bio) || character.name,
    // What it knows about is what it offers, unless its file says otherwise.
    registration: {
      ...(topics ? { capabilities: topics } : {}),
      ...(typeof registration === 'object' ? registration : {}),
    },
    leaseSeconds: settings.REGISTRY_LEASE_SECONDS,
  };
}
