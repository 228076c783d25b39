import type { Handler } from '@elizaos/core';
import {
  actionParameters,
  principalOf,
  requireRole,
  toActionResult,
  type RuledAction,
} from '@371os/kernel';
import { announceRequest } from '../domain/approval-words.ts';
import { capOf, readCapRequest } from '../domain/cap-request.ts';
import { treasuryOf } from '../services/treasury-service.ts';

const NAME = 'SET_BUDGET_CAP';

const handler: Handler = (runtime, message, state, options, callback, responses) =>
  toActionResult(NAME, message, callback, async () => {
    const requester = principalOf(runtime, message);
    requireRole(requester, 'admin', 'ask for another cap');
    const cap = capOf(
      actionParameters({ message, state, options, responses, rule: readCapRequest }),
    );
    const treasury = await treasuryOf(runtime);
    const asked = { requester, room: message.roomId, message: message.id };
    const approval = await treasury.requestCap(cap, asked);
    return { text: announceRequest(approval), values: { approvalId: approval.id } };
  });

/** Asks the owner to set a cap; nothing changes before the owner approves it. */
export const setBudgetCap: RuledAction = {
  name: NAME,
  similes: ['RAISE_CAP', 'CHANGE_CAP', 'LOWER_CAP', 'SET_SPENDING_LIMIT'],
  description:
    'Asks for another cap on what may be spent. It makes a request that the owner must approve in a message of their own; until then nothing changes.',
  parameters: {
    category: {
      type: 'string',
      description: 'llm, akash, gas or tools. Default: llm',
      required: false,
    },
    amount: { type: 'string', description: 'The cap in US dollars, such as 50.00', required: true },
    window: { type: 'string', description: 'day, week or month. Default: month', required: false },
    scope: {
      type: 'string',
      description: 'organisation, agent, user or task. Default: organisation',
      required: false,
    },
    scopeId: {
      type: 'string',
      description: 'Which agent, user or task; * for each one, guest:* for each guest',
      required: false,
    },
  },
  validate: (_runtime, message) =>
    Promise.resolve(/cap|limit|budget/i.test(message.content.text ?? '')),
  handler,
  rule: readCapRequest,
  examples: [
    [
      { name: '{{user1}}', content: { text: 'Raise the llm cap to 50 dollars a month' } },
      {
        name: '{{agent}}',
        content: {
          text: "This needs the owner's approval. To approve it, the owner writes: /approve K7QP2M3A",
          actions: [NAME],
        },
      },
    ],
  ],
};
