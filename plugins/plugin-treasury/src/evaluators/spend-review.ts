import type { Evaluator, IAgentRuntime, Memory } from '@elizaos/core';
import { currentConversation, record } from '@371os/kernel';
import { reviewSpending, type ReviewedMessage } from '../domain/spend-review.ts';
import { isAgent } from '../services/people.ts';
import { TREASURY_SERVICE, type TreasuryService } from '../services/treasury-service.ts';

const MESSAGES_LOOKED_AT = 30;

/** Flags a conversation that costs money without getting anywhere, and holds a dear one. */
export const spendReview: Evaluator = {
  name: 'SPEND_REVIEW',
  description: 'Notices conversations whose cost grows without progress.',
  alwaysRun: true,
  examples: [],
  // Evaluators that have something to do make ElizaOS compose a new state, so most have not.
  validate: async (runtime) => {
    const task = currentConversation()?.taskId;
    const treasury = runtime.getService<TreasuryService>(TREASURY_SERVICE);
    return task !== undefined && treasury !== null && (await costOf(runtime, treasury, task)) > 0n;
  },
  handler: async (runtime, message) => {
    const conversation = currentConversation();
    const treasury = runtime.getService<TreasuryService>(TREASURY_SERVICE);
    if (!treasury || conversation?.taskId === undefined) return undefined;
    try {
      await review(runtime, treasury, message, conversation.taskId, conversation.principal.id);
    } catch (error) {
      // ElizaOS would give the message up for an evaluator that throws.
      runtime.logger.warn(
        { src: 'treasury:spend-review', error },
        'a conversation was not reviewed',
      );
    }
    return undefined;
  },
};

async function review(
  runtime: IAgentRuntime,
  treasury: TreasuryService,
  message: Memory,
  task: string,
  user: string,
): Promise<void> {
  const { verdict, reason } = reviewSpending({
    messages: await recentMessages(runtime, message),
    costPico: await treasury.taskCost(task),
    holdPico: treasury.settings.TREASURY_REVIEW_HOLD_USD,
  });
  if (verdict === 'fine') return;
  record({ kind: 'spend-review', verdict, reason, task });
  runtime.logger.warn({ src: 'treasury:spend-review', task, verdict }, reason);
  if (verdict === 'hold') await treasury.holdTask({ task, user, reason });
}

async function recentMessages(
  runtime: IAgentRuntime,
  { roomId }: Memory,
): Promise<ReviewedMessage[]> {
  const memories = await runtime.getMemories({
    tableName: 'messages',
    roomId,
    count: MESSAGES_LOOKED_AT,
  });
  return memories
    .filter(({ content }) => Boolean(content.text))
    .sort((left, right) => (left.createdAt ?? 0) - (right.createdAt ?? 0))
    .map(({ entityId, content }) => ({
      author: entityId,
      isAgent: isAgent(runtime, entityId),
      text: content.text ?? '',
    }));
}

async function costOf(
  runtime: IAgentRuntime,
  treasury: TreasuryService,
  task: string,
): Promise<bigint> {
  try {
    return await treasury.taskCost(task);
  } catch (error) {
    runtime.logger.warn({ src: 'treasury:spend-review', error }, 'a cost could not be read');
    return 0n;
  }
}
