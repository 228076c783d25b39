import { ruledAction } from '@371os/kernel';
import { describeRequests } from '../domain/approval-words.ts';
import { asksForRequests } from '../domain/decision-words.ts';
import { treasuryOf } from '../services/treasury-service.ts';

/** Lists what waits for an approval. */
export const listRequests = ruledAction({
  name: 'LIST_REQUESTS',
  similes: ['PENDING_APPROVALS', 'WHAT_WAITS_FOR_APPROVAL'],
  description: 'Lists the requests that wait for an approval, each with its id.',
  adminsOnly: 'see the requests',
  validate: (_runtime, message) =>
    Promise.resolve(/request|approv/i.test(message.content.text ?? '')),
  rule: (text) => (asksForRequests(text) ? {} : undefined),
  example: ['What is waiting for my approval?', 'Nothing waits for an approval.'],
  async work({ runtime }) {
    const waiting = await (await treasuryOf(runtime)).approvals.pending();
    return { text: describeRequests(waiting), values: { waiting: waiting.length } };
  },
});
