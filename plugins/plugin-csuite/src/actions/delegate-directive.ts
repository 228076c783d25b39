import { z } from 'zod';
import { describeDelegations, readDirective } from '../domain/directive.ts';
import { MissingInputError } from '../errors.ts';
import { handedOn } from './handed-on.ts';
import { officerAction } from './officer-action.ts';

const input = z.object({ directive: z.string().trim().min(1).optional().catch(undefined) });

/** Hands a directive to the departments that it concerns. */
export const delegateDirective = officerAction({
  name: 'DELEGATE_DIRECTIVE',
  role: 'CEO',
  similes: ['HAND_TO_DEPARTMENTS', 'INSTRUCT_OFFICERS', 'ASSIGN_DEPARTMENTS'],
  description:
    'Gives a directive to the departments whose words it has, as a task each: financial, budget or quarterly to the CFO; feature, application, security or infrastructure to the CTO; marketing or campaign to the CMO; community or outreach to the CCO. Anything else is noted.',
  parameters: {
    directive: { type: 'string', description: 'What is to be done', required: true },
  },
  adminsOnly: 'give directives to the departments',
  rule: readDirective,
  example: [
    'Directive: prepare the quarterly budget and a marketing campaign',
    'CFO Maya (CFO) has it as task 1b2c3d4e, because of "budget", "quarterly".',
  ],
  work: async (call) => {
    const { directive } = input.parse(call.parameters);
    if (directive === undefined)
      throw new MissingInputError({
        missing: 'what is to be done',
        example: '"directive: prepare the quarterly budget and a marketing campaign"',
      });
    const delegations = await call.desk.delegate(handedOn(call, directive));
    return {
      text: describeDelegations(directive, delegations),
      values: { delegated: delegations.filter(({ taskId }) => taskId !== undefined).length },
      data: { taskIds: delegations.flatMap(({ taskId }) => taskId ?? []) },
    };
  },
});
