import { ruledAction } from '@371os/kernel';
import { announceRequest } from '../domain/approval-words.ts';
import { capOf, readCapRequest } from '../domain/cap-request.ts';
import { treasuryOf } from '../services/treasury-service.ts';

/** Asks the owner to set a cap; nothing changes before the owner approves it. */
export const setBudgetCap = ruledAction({
  name: 'SET_BUDGET_CAP',
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
  adminsOnly: 'ask for another cap',
  validate: (_runtime, message) =>
    Promise.resolve(/cap|limit|budget/i.test(message.content.text ?? '')),
  rule: readCapRequest,
  example: [
    'Raise the llm cap to 50 dollars a month',
    "This needs the owner's approval. To approve it, the owner writes: /approve K7QP2M3A",
  ],
  async work({ runtime, message, principal: requester, parameters }) {
    const cap = capOf(parameters);
    const treasury = await treasuryOf(runtime);
    const asked = { requester, room: message.roomId, message: message.id };
    const approval = await treasury.requestCap(cap, asked);
    return { text: announceRequest(approval), values: { approvalId: approval.id } };
  },
});
