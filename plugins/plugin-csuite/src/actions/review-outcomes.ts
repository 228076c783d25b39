import { z } from 'zod';
import { describeOutcomes, readOutcomeQuestion } from '../domain/outcome-words.ts';
import { officerAction } from './officer-action.ts';

const input = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).optional().catch(undefined),
});

/** Learns from past tasks. */
export const reviewOutcomes = officerAction({
  name: 'REVIEW_OUTCOMES',
  role: 'CLO',
  similes: ['LEARN_FROM_TASKS', 'AGENT_SUCCESS_RATE', 'RETROSPECTIVE'],
  description:
    'Reviews past tasks: success rate and cost of a completed task by agent, why tasks failed, what waits, and what to change because of it.',
  parameters: {
    limit: {
      type: 'number',
      description: 'How many of the newest tasks; 500 when missing',
      required: false,
    },
  },
  adminsOnly: 'see what became of all tasks',
  rule: readOutcomeQuestion,
  example: [
    'What can we learn from our past tasks?',
    'Of the last 40 tasks: CTO Zara: 12 completed, 2 failed, 1 waiting (85 % success, $0.02 a completed task).',
  ],
  work: async ({ desk, parameters }) => {
    const review = await desk.reviewOutcomes(input.parse(parameters).limit);
    return {
      text: describeOutcomes(review),
      values: { tasks: review.tasks, suggestions: review.suggestions.length },
    };
  },
});
