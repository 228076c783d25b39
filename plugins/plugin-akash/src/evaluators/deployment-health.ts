import type { Evaluator, IAgentRuntime } from '@elizaos/core';
import { principalOf } from '@371os/kernel';
import { AKASH_SERVICE, type AkashService } from '../services/akash-service.ts';
import type { Notices } from '../services/notices.ts';

/**
 * Tells what the watch has found since the last message: an escrow that runs low, a lost lease,
 * deployments that nobody here knows. It asks the database alone.
 */
export const deploymentHealth: Evaluator = {
  name: 'DEPLOYMENT_HEALTH',
  description: 'Tells what has changed about the deployments, once, and what can be done.',
  alwaysRun: true,
  examples: [],
  // Evaluators that have something to do make ElizaOS compose a new state, so most have not.
  validate: async (runtime, message) => {
    try {
      const notices = await noticesOf(runtime);
      return (await notices?.hasNews(principalOf(runtime, message), message.roomId)) === true;
    } catch (error) {
      runtime.logger.warn({ src: 'akash:health', error }, 'news of deployments are not known');
      return false;
    }
  },
  handler: async (runtime, message, _state, _options, callback) => {
    if (!callback) return undefined;
    try {
      const notices = await noticesOf(runtime);
      const news = await notices?.takeNews(principalOf(runtime, message), message.roomId);
      if (news && news.length > 0) await callback({ text: news.join('\n') });
    } catch (error) {
      // ElizaOS would give the message up for an evaluator that throws.
      runtime.logger.warn({ src: 'akash:health', error }, 'news of deployments were not told');
    }
    return undefined;
  },
};

function noticesOf(runtime: IAgentRuntime): Promise<Notices> | undefined {
  return runtime.getService<AkashService>(AKASH_SERVICE)?.notices;
}
