import { formatUsd, splitList, type ActionOutcome } from '@371os/kernel';
import { z } from 'zod';
import type { Decided } from '../services/life-desk.ts';
import { lifeAction } from './life-action.ts';

const optional = z.string().trim().min(1).optional().catch(undefined);

// As models and people write them; the desk judges what they mean.
const input = z.object({
  agentType: optional,
  capabilities: z.union([z.string().transform(splitList), z.array(z.string())]).catch([]),
  rate: z
    .union([z.string(), z.number().transform(String)])
    .optional()
    .catch(undefined),
  currency: optional,
  economicTerms: z.record(z.string(), z.unknown()).optional().catch(undefined),
  hosting: optional,
  from: optional,
});

/** Plans a new agent and asks the owner to approve it. */
export const createAgent = lifeAction({
  name: 'CREATE_AGENT',
  kind: 'create',
  similes: ['SPAWN_AGENT', 'HIRE_AGENT', 'PROVISION_AGENT', 'BRING_BACK_AGENT'],
  description:
    'Plans a new agent: its character, its registration on chain, where it runs. Nothing is made by asking: the owner has to approve it in a message of their own. Never guess a name.',
  parameters: {
    agentType: { type: 'string', description: 'A department such as CMO', required: false },
    capabilities: { type: 'string', description: 'What it can do, with commas', required: false },
    rate: { type: 'string', description: 'Price of a task, as digits', required: false },
    currency: { type: 'string', description: 'USD, USDC, AKT or ETH', required: false },
    hosting: { type: 'string', description: 'in-process or akash', required: false },
    from: { type: 'string', description: 'An ended agent to bring back', required: false },
  },
  adminsOnly: 'have agents created',
  example: [
    'Create a CMO agent called Analyst with the capabilities data analysis and campaigns at 0.05 USD',
    'Plan (nothing is made yet): Create the agent Analyst (CMO).',
  ],
  async work({ desk, principal, message, name, parameters }): Promise<ActionOutcome> {
    const { rate, currency, economicTerms, ...fields } = input.parse(parameters);
    const terms = economicTerms ?? (rate === undefined ? undefined : { rate, currency });
    const request = { name, ...fields, ...(terms ? { economicTerms: terms } : {}) };
    const asked = { requester: principal, room: message.roomId, message: message.id };
    // A chat is not the owner's hand: a model may have been talked into it.
    return planWords(await desk.create(request, asked, false));
  },
});

/** A plan that waits for a word. */
export function planWords({ approval, lines }: Decided): ActionOutcome {
  const { id, summary, amountPico, digest, minimumRole } = approval;
  const cost = amountPico > 0n ? ` It costs at most $${formatUsd(amountPico)}.` : '';
  return {
    text: [
      `Plan (nothing is done yet): ${summary}.${cost}`,
      ...lines,
      `To approve it, the ${minimumRole} writes: /approve ${id}`,
    ].join('\n'),
    values: { approvalId: id, digest },
  };
}
