import type { IAgentRuntime } from '@elizaos/core';
import { AKASH_SERVICE, type AkashService } from '@371os/plugin-akash';
import {
  REGISTRY_SERVICE,
  type RegistryNetwork,
  type RegistryService,
} from '@371os/plugin-registry';
import type { NodePool } from './endpoint-site.ts';
import { processServices } from './process-services.ts';

// The same each time: IPFS keeps it once, and lets go of it again.
const SMALL_CONTENT = new TextEncoder().encode('A drill of 371OS.');

/** The nodes that the plugins of this process ask. */
export async function companyNodes(runtime: IAgentRuntime): Promise<NodePool[]> {
  const [registry] = processServices<RegistryService>(runtime, REGISTRY_SERVICE);
  const akash = processServices<AkashService>(runtime, AKASH_SERVICE).find(
    ({ network }) => network !== undefined,
  );
  return [
    ...(registry?.hasNetwork
      ? registryNodes(registry.network, registry.settings.REGISTRY_TIMEOUT_MS)
      : []),
    ...(akash ? [await akashNodes(akash)] : []),
  ];
}

/** The nodes of a registry: those of its chain, and those of IPFS. */
export function registryNodes(
  { chain, content, nodes }: Pick<RegistryNetwork, 'chain' | 'content' | 'nodes'>,
  timeoutMs: number,
): NodePool[] {
  return [
    {
      ...{ dependency: 'chain RPC', purpose: `EVM ${String(chain.chainId)}` },
      ...{ nodes: nodes.chain, setting: 'REGISTRY_RPC_FALLBACKS', ask: () => chain.head() },
    },
    {
      ...{ dependency: 'storage', purpose: 'IPFS' },
      ...{ nodes: nodes.ipfs, setting: 'IPFS_API_FALLBACKS' },
      ask: async () => {
        const cid = await content.add(SMALL_CONTENT);
        await content.read(cid, { maxBytes: SMALL_CONTENT.length, timeoutMs });
        await content.unpin(cid);
      },
    },
  ];
}

async function akashNodes(akash: AkashService): Promise<NodePool> {
  const chain = await akash.chain();
  return {
    ...{ dependency: 'chain RPC', purpose: `Akash ${akash.network?.chainId ?? ''}` },
    ...{ nodes: chain.nodes, setting: 'AKASH_RPC_FALLBACKS', ask: () => chain.latestBlock() },
  };
}
