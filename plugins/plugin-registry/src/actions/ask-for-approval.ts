import type { Memory } from '@elizaos/core';
import { formatUsd, type ActionOutcome, type Principal } from '@371os/kernel';
import { globalIdOf } from '../domain/agent-id.ts';
import {
  publishedWords,
  referenceOf,
  registryUrlOf,
  summaryOf,
  type CompanyAgent,
  type PublicationPlan,
  type Published,
} from '../domain/publication.ts';
import { formatNative } from '../chain-errors.ts';
import type { RegistryService } from '../services/registry-service.ts';

/** Keeps a plan for the owner's word, and says how to give it. */
export async function askForApproval(
  registry: RegistryService,
  plan: PublicationPlan,
  details: readonly string[],
  { requester, message }: { requester: Principal; message: Memory },
): Promise<ActionOutcome> {
  const asked = { requester, room: message.roomId, message: message.id };
  const approval = await registry.requestApproval(plan, asked);
  const { signer } = await registry.account();
  const worst = formatNative(BigInt(plan.worstWei));
  const usd = approval.amountPico > 0n ? ` ($${formatUsd(approval.amountPico)})` : '';
  const text = [
    `Plan (nothing is sent yet): ${summaryOf(plan)}.`,
    ...details,
    `- owner on chain: ${signer.address}; gas: at most ${worst} of the chain's coin${usd}`,
    `To approve it, the ${approval.minimumRole} writes: /approve ${approval.id}`,
  ].join('\n');
  return {
    text,
    values: { approvalId: approval.id, digest: approval.digest },
    data: { plan },
  };
}

/** An agent that is registered, for people and programs. */
export function presentAgent(
  { settings }: RegistryService,
  agent: CompanyAgent,
  published: Published,
): ActionOutcome {
  const { chainId, registry, did, name } = agent;
  const { agentId, cid, transactionHash, blockNumber, profile } = published;
  const explorer = settings.REGISTRY_EXPLORER_URL;
  const plan = {
    version: 1,
    work: 'register',
    worstWei: '0',
    chainId,
    registry,
    did,
    name,
  } as const;
  return {
    text: `It is registered already. ${publishedWords({ ...plan, profile }, published, explorer)}`,
    data: {
      ...{ agentDid: did, agentId: String(agentId), cid, transactionHash, blockNumber },
      globalId: globalIdOf(referenceOf({ chainId, registry, agentId })),
      capabilities: profile.capabilities,
      registryUrl: explorer && registryUrlOf({ registry, agentId }, explorer),
    },
  };
}
