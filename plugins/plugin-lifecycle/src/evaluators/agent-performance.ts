import type { Evaluator } from '@elizaos/core';
import { record } from '@371os/kernel';
import { LIFECYCLE_SERVICE, type LifecycleService } from '../services/lifecycle-service.ts';

/**
 * Looks at how this agent has done its tasks: how many, how well, how fast, at what cost. What it finds
 * is on the record, and counts in the registry's reports on the network.
 */
export const agentPerformance: Evaluator = {
  name: 'AGENT_PERFORMANCE',
  description: 'Measures how this agent does its tasks: done, failed, latency, cost.',
  alwaysRun: true,
  examples: [],
  // Evaluators that have something to do make ElizaOS compose a new state, so most have not.
  validate: (runtime) =>
    Promise.resolve(runtime.getService<LifecycleService>(LIFECYCLE_SERVICE)?.isReviewDue === true),
  handler: async (runtime) => {
    try {
      const lifecycle = runtime.getService<LifecycleService>(LIFECYCLE_SERVICE);
      const performance = await lifecycle?.review();
      if (performance)
        record({ kind: 'agent-performance', agent: runtime.character.name, ...performance });
    } catch (error) {
      // ElizaOS would give the message up for an evaluator that throws.
      runtime.logger.warn({ src: 'lifecycle:performance', error }, 'an agent was not measured');
    }
    return undefined;
  },
};
