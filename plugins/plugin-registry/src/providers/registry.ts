import type { Provider, ProviderResult } from '@elizaos/core';
import { globalIdOf } from '../domain/agent-id.ts';
import { referenceOf } from '../domain/publication.ts';
import { REGISTRY_SERVICE, type RegistryService } from '../services/registry-service.ts';

/** Tells an agent who it is on chain. What stands there is public. */
export const registryProvider: Provider = {
  name: 'REGISTRY',
  description: 'Who this agent is on chain: its id, status and capabilities.',
  get: async (runtime): Promise<ProviderResult> => {
    const registry = runtime.getService<RegistryService>(REGISTRY_SERVICE);
    try {
      if (!registry?.hasNetwork || !registry.hasWallet) return {};
      const agent = await registry.self();
      if (!agent?.published) return {};
      const { agentId, profile, cid } = agent.published;
      const id = globalIdOf(referenceOf({ ...agent, agentId }));
      const tools = profile.capabilities.map(({ name }) => name).join(', ');
      return {
        text: `# Identity on chain\nYou are agent ${id}, ${profile.status}; capabilities: ${tools}.`,
        values: { registryId: id },
        data: { globalId: id, did: agent.did, cid, status: profile.status },
      };
    } catch (error) {
      // A provider that throws would cost the person the answer.
      runtime.logger.warn({ src: 'registry:provider', error }, 'the registration is not known');
      return {};
    }
  },
};
