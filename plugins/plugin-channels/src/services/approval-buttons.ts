import type { IAgentRuntime } from '@elizaos/core';
import { ApprovalUnavailableError, treasuryOf } from '@371os/plugin-treasury';
import { decisionButtons, idsIn, saysWhatFor, type Button } from '../domain/approval-buttons.ts';

/** The buttons below a text: of each waiting request that it presents, two. */
export async function buttonsFor(runtime: IAgentRuntime, text: string): Promise<Button[][]> {
  const rows: Button[][] = [];
  for (const id of idsIn(text)) {
    const request = await waiting(runtime, id);
    if (request && saysWhatFor(text, request)) rows.push(decisionButtons(request.id));
  }
  return rows;
}

/** Whether a request waits for a decision. */
export async function isWaiting(runtime: IAgentRuntime, id: string): Promise<boolean> {
  return (await waiting(runtime, id)) !== undefined;
}

async function waiting(
  runtime: IAgentRuntime,
  id: string,
): Promise<{ id: string; summary: string } | undefined> {
  try {
    const approval = await (await treasuryOf(runtime)).approvals.get(id);
    return approval.state === 'pending' ? approval : undefined;
  } catch (error) {
    if (error instanceof ApprovalUnavailableError) return undefined;
    throw error;
  }
}
