import type { Handler } from '@elizaos/core';
import { principalOf, requireRole, toActionResult, type RuledAction } from '@371os/kernel';
import { describeRequests } from '../domain/approval-words.ts';
import { asksForRequests } from '../domain/decision-words.ts';
import { treasuryOf } from '../services/treasury-service.ts';

const NAME = 'LIST_REQUESTS';

const handler: Handler = (runtime, message, _state, _options, callback) =>
  toActionResult(NAME, message, callback, async () => {
    requireRole(principalOf(runtime, message), 'admin', 'see the requests');
    const waiting = await (await treasuryOf(runtime)).approvals.pending();
    return { text: describeRequests(waiting), values: { waiting: waiting.length } };
  });

/** Lists what waits for an approval. */
export const listRequests: RuledAction = {
  name: NAME,
  similes: ['PENDING_APPROVALS', 'WHAT_WAITS_FOR_APPROVAL'],
  description: 'Lists the requests that wait for an approval, each with its id.',
  validate: (_runtime, message) =>
    Promise.resolve(/request|approv/i.test(message.content.text ?? '')),
  handler,
  rule: (text) => (asksForRequests(text) ? {} : undefined),
  examples: [
    [
      { name: '{{user1}}', content: { text: 'What is waiting for my approval?' } },
      { name: '{{agent}}', content: { text: 'Nothing waits for an approval.', actions: [NAME] } },
    ],
  ],
};
