import { explainError, ruledAction } from '@371os/kernel';
import { describeDiscovery, presentDiscovery } from '../domain/discovery/describe-discovery.ts';
import { readCriteria } from '../domain/discovery/read-criteria.ts';
import { readDiscoverRequest } from '../domain/tools/read-tool-request.ts';
import { agentToolsOf } from '../services/agent-tools-service.ts';

/** Finds registered agents by what they can do. Everybody may ask. */
export const discoverUniversalTools = ruledAction({
  name: 'DISCOVER_UNIVERSAL_TOOLS',
  similes: [
    'FIND_BLOCKCHAIN_TOOLS',
    'SEARCH_DECENTRALIZED_REGISTRY',
    'QUERY_AGENT_MARKETPLACE',
    'DISCOVER_TRUSTED_PROVIDERS',
  ],
  description:
    'Finds agents in the registry (ERC-8004) by capability, type, price, reputation and platform, ranked, with what each rank is made of.',
  parameters: {
    requirements: { type: 'string', description: 'What the tool is to do', required: true },
    agentType: { type: 'string', description: 'Only agents of this type', required: false },
    maxCost: {
      type: 'string',
      description: 'Most US dollars a call. Default: 1.00',
      required: false,
    },
    minReputation: { type: 'string', description: '0 to 1. Default: 0.7', required: false },
    platforms: { type: 'string', description: 'mcp, a2a or web. Default: any', required: false },
    preferredProviders: { type: 'string', description: 'Agents that come first', required: false },
    excludedProviders: { type: 'string', description: 'Agents to leave out', required: false },
    activeOnly: {
      type: 'string',
      description: 'false for those that do not work now, too. Default: true',
      required: false,
    },
  },
  validate: (runtime) => Promise.resolve(runtime.hasService('agent-tools')),
  rule: readDiscoverRequest,
  example: [
    'Find agents that can translate text for at most 0.05 dollars',
    '2 agents fit; best first',
  ],
  async work({ runtime, parameters }) {
    const criteria = readCriteria(parameters);
    const tools = await agentToolsOf(runtime);
    const late = await tools.freshen();
    const discovery = await (await tools.directory()).discover(criteria);
    const warning = late === undefined ? [] : [`What is known may be old: ${explainError(late)}`];
    return {
      text: [describeDiscovery(discovery, criteria), ...warning].join('\n'),
      values: { totalFound: discovery.totalFound },
      data: { ...presentDiscovery(discovery, criteria), isFresh: late === undefined },
    };
  },
});
