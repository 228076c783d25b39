import { ruledAction } from '@371os/kernel';
import { readRegistrationRequest } from '../domain/registration-request.ts';
import { askToRegister } from './ask-to-register.ts';

/** Asks the owner to have this agent registered on chain; nothing is sent by asking. */
export const registerAgentBlockchain = ruledAction({
  name: 'REGISTER_AGENT_BLOCKCHAIN',
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
  adminsOnly: 'ask for agents to be registered',
  validate: (runtime) => Promise.resolve(runtime.hasService('registry')),
  rule: (text) => {
    const request = readRegistrationRequest(text);
    return request?.kind === 'register' ? { ...request.fields } : undefined;
  },
  example: [
    'Register yourself on chain with the capabilities market research and pricing at 0.05 USDC per call',
    'Plan (nothing is sent yet): register CFO Maya in the identity registry.',
  ],
  work: ({ runtime, message, principal, parameters }) =>
    askToRegister(runtime, parameters, { requester: principal, message }),
});
