import type { Handler, IAgentRuntime } from '@elizaos/core';
import {
  actionParameters,
  principalOf,
  requireRole,
  toActionResult,
  type ActionOutcome,
  type RuledAction,
} from '@371os/kernel';
import { composeProfile, type AgentFacts } from '../domain/compose-profile.ts';
import { describeProfile } from '../domain/publication.ts';
import { readRegistrationRequest } from '../domain/registration-request.ts';
import { registryOf, type RegistryService } from '../services/registry-service.ts';
import { askForApproval, presentAgent } from './ask-for-approval.ts';

const NAME = 'REGISTER_AGENT_BLOCKCHAIN';

const rule: RuledAction['rule'] = (text) => {
  const request = readRegistrationRequest(text);
  return request?.kind === 'register' ? { ...request.fields } : undefined;
};

const handler: Handler = (runtime, message, state, options, callback, responses) =>
  toActionResult(NAME, message, callback, async (): Promise<ActionOutcome> => {
    const requester = principalOf(runtime, message);
    requireRole(requester, 'admin', 'ask for agents to be registered');
    const registry = await registryOf(runtime);
    const { publications } = await registry.account();
    const known = await registry.self();
    // The same agent has one number, however often it is asked for.
    if (known?.published) return presentAgent(registry, known, known.published);
    const asked = actionParameters({ message, state, options, responses, rule });
    const composed = composeProfile(asked, factsOf(runtime, registry));
    if ('questions' in composed)
      return { text: composed.questions.join('\n'), values: { missing: composed.questions } };
    const { profile } = composed;
    const agent = { did: registry.did, name: runtime.character.name, profile };
    const plan = await publications.plan(agent, 'register');
    return askForApproval(registry, plan, describeProfile(profile), { requester, message });
  });

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

/** Asks the owner to have this agent registered on chain; nothing is sent by asking. */
export const registerAgentBlockchain: RuledAction = {
  name: NAME,
  similes: [
    'PUBLISH_AGENT_CAPABILITIES',
    'JOIN_DECENTRALIZED_NETWORK',
    'CREATE_AGENT_IDENTITY',
    'ESTABLISH_CRYPTOGRAPHIC_TRUST',
  ],
  description:
    'Registers this agent in the identity registry (ERC-8004) with a signed file on IPFS. It costs gas: the owner has to approve it in a message of their own.',
  parameters: {
    capabilities: {
      type: 'string',
      description: 'What it offers: names, or a JSON array with toolId, name, inputSchema',
      required: false,
    },
    basePrice: { type: 'string', description: 'Price of a call, as digits', required: false },
    currency: {
      type: 'string',
      description: 'USDC, AKT, ETH, USD or native. Default: USDC',
      required: false,
    },
    paymentModel: {
      type: 'string',
      description: 'per-call, subscription, compute-time or outcome-based. Default: per-call',
      required: false,
    },
    agentType: { type: 'string', description: 'What kind of agent it is', required: false },
    description: { type: 'string', description: 'Default: its character', required: false },
    endpoint: { type: 'string', description: 'Where it answers', required: false },
  },
  validate: (runtime) => Promise.resolve(runtime.hasService('registry')),
  handler,
  rule,
  examples: [
    [
      {
        name: '{{user1}}',
        content: {
          text: 'Register yourself on chain with the capabilities market research and pricing at 0.05 USDC per call',
        },
      },
      {
        name: '{{agent}}',
        content: {
          text: 'Plan (nothing is sent yet): register CFO Maya in the identity registry.',
          actions: [NAME],
        },
      },
    ],
  ],
};
