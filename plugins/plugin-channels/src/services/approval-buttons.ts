import type { IAgentRuntime } from '@elizaos/core';
import { ApprovalUnavailableError, treasuryOf } from '@371os/plugin-treasury';
import {
  decisionButtons,
  idsIn,
  presentRequests,
  type Button,
  type WaitingRequest,
} from '../domain/approval-buttons.ts';

/** A text with what the waiting requests in it are for, and two buttons for each of those. */
export async function withButtons(
  runtime: IAgentRuntime,
  text: string,
): Promise<{ text: string; rows: Button[][] }> {
  const found = await Promise.all(idsIn(text).map((id) => waiting(runtime, id)));
  const whole = presentRequests(
    text,
    found.flatMap((request) => request ?? []),
  );
  return { text: whole.text, rows: whole.presented.map(({ id }) => decisionButtons(id)) };
}

/** Whether a request waits for a decision. */
export async function isWaiting(runtime: IAgentRuntime, id: string): Promise<boolean> {
  return (await waiting(runtime, id)) !== undefined;
}

async function waiting(runtime: IAgentRuntime, id: string): Promise<WaitingRequest | undefined> {
  try {
    const approval = await (await treasuryOf(runtime)).approvals.get(id);
    return approval.state === 'pending' ? approval : undefined;
  } catch (error) {
    if (error instanceof ApprovalUnavailableError) return undefined;
    throw error;
  }
}
