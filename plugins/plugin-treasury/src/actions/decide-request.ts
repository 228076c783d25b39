import type { IAgentRuntime, Memory } from '@elizaos/core';
import {
  currentConversation,
  principalOf,
  ruledAction,
  type ActionRule,
  type RuledAction,
} from '@371os/kernel';
import { readDecision, type SaidDecision } from '../domain/decision-words.ts';
import { ApprovalNotProvedError } from '../errors.ts';
import { treasuryOf } from '../services/treasury-service.ts';

type Verdict = SaidDecision['verdict'];

// Before the front desk's rule for everything: a decision that was handed on would not count.
const RULE_PRIORITY = 200;

/** Approves a request and has it carried out. */
export const approveRequest = decidingAction({
  name: 'APPROVE_REQUEST',
  verdict: 'approve',
  similes: ['GRANT_APPROVAL', 'CONFIRM_PLAN'],
  description:
    'Approves a waiting request by its id. Only when the person writes it themselves: approve K7QP2M3A.',
  answer: 'Done: the monthly llm cap of $50.00 is set.',
});

/** Turns a request down. */
export const declineRequest = decidingAction({
  name: 'DECLINE_REQUEST',
  verdict: 'decline',
  similes: ['REJECT_APPROVAL', 'DENY_PLAN'],
  description:
    'Declines a waiting request by its id. Only when the person writes it themselves: decline K7QP2M3A.',
  answer: 'Request K7QP2M3A is declined; nothing was changed.',
});

/** Decides a request for whoever sent a message. Returns what was done, in words. */
export async function decide(
  runtime: IAgentRuntime,
  message: Memory,
  { verdict, id }: SaidDecision,
): Promise<string> {
  const treasury = await treasuryOf(runtime);
  const decision = { principal: principalOf(runtime, message), message: message.id };
  if (verdict === 'approve') return treasury.grant(id, decision);
  const declined = await treasury.approvals.decline(id, decision);
  return `Request ${declined.id} is declined; nothing was changed.`;
}

function decidingAction(init: {
  name: string;
  verdict: Verdict;
  similes: string[];
  description: string;
  answer: string;
}): RuledAction {
  const { name, verdict } = init;
  const rule: ActionRule = (text) => {
    const said = readDecision(text);
    return said?.verdict === verdict ? { id: said.id } : undefined;
  };
  return ruledAction({
    name,
    similes: init.similes,
    description: init.description,
    parameters: { id: { type: 'string', description: 'The id of the request', required: true } },
    validate: (_runtime, message) =>
      Promise.resolve(rule(message.content.text ?? '') !== undefined),
    rule,
    rulePriority: RULE_PRIORITY,
    example: [`${verdict} K7QP2M3A`, init.answer],
    // A model may name this action and an id of its own accord, or because a text it read told it
    // to. What counts is what the person wrote, and nothing else.
    work: async ({ runtime, message }) => {
      const said = readDecision(currentConversation()?.text ?? message.content.text ?? '');
      if (said?.verdict !== verdict) throw new ApprovalNotProvedError({ id: said?.id ?? 'ID' });
      return { text: await decide(runtime, message, said), values: { approvalId: said.id } };
    },
  });
}
