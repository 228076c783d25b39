import type { AgentReport } from '../domain/agent-report.ts';
import { failureOf } from '../domain/agent-report.ts';
import type { AgentReference, RegistryReference } from '../domain/agent-id.ts';
import { readContentUri } from '../domain/content-uri.ts';
import { profileOf } from '../domain/discovery/profile-of-file.ts';
import type { AgentReader, ReadAgent } from '../ports/agent-sources.ts';
import { UnverifiedAgentError } from '../tool-errors.ts';

/** Agents as the verified reader of registration files reports them. */
export function verifiedAgentReader(
  registry: RegistryReference,
  read: (reference: AgentReference) => Promise<AgentReport>,
): AgentReader {
  return {
    read: async (agentId): Promise<ReadAgent> => {
      const report = await read({ registry, agentId: BigInt(agentId) });
      const { globalId: id, owner, wallet, uri, blockNumber, file, isActive } = report;
      const problem = failureOf(report);
      if (!file || problem !== undefined)
        throw new UnverifiedAgentError({ id, problem: problem ?? 'it names no file' });
      const place = readContentUri(uri);
      const cid = 'scheme' in place && place.scheme === 'ipfs' ? place.cid : undefined;
      const profile = profileOf(file, cid);
      return { id, owner, wallet, uri, blockNumber, isUp: isActive, profile };
    },
  };
}
