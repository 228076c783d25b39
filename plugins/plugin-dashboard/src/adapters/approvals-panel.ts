import type { IAgentRuntime } from '@elizaos/core';
import { formatUsd } from '@371os/kernel';
import type { Approval, TreasuryService } from '@371os/plugin-treasury';
import type { ApprovalLine } from '../domain/panels.ts';
import type { PanelSource } from '../ports/panel-source.ts';
import { panelOf } from './colleagues.ts';

/** What waits for a person's word, oldest first. */
export function approvalsPanel(runtime: IAgentRuntime): PanelSource<'approvals'> {
  return panelOf<'approvals', TreasuryService>({
    ...{ name: 'approvals', everyMs: 1_000, runtime },
    ...{ service: 'treasury', plugin: '@371os/plugin-treasury' },
    read: async ({ approvals }) => ({ approvals: (await approvals.pending()).map(lineOf) }),
  });
}

function lineOf(approval: Approval): ApprovalLine {
  const { id, kind, summary, amountPico, requester, minimumRole, plan } = approval;
  const { createdAtMs, expiresAtMs } = approval;
  return {
    ...{ id, kind, summary, requester, minimumRole, createdAtMs, expiresAtMs },
    amountUsd: formatUsd(amountPico),
    plan: JSON.stringify(plan, null, 2),
  };
}
