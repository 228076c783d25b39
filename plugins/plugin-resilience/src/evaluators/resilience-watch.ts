import type { Evaluator } from '@elizaos/core';
import { record } from '@371os/kernel';
import { RESILIENCE_SERVICE, type ResilienceService } from '../services/resilience-service.ts';

/** Puts on the record when a metric of the company's resilience has come to another level. */
export const resilienceWatch: Evaluator = {
  name: 'RESILIENCE_WATCH',
  description: 'Notices when a metric of resilience, or the mode, has changed its level.',
  alwaysRun: true,
  examples: [],
  // Evaluators that have something to do make ElizaOS compose a new state, so most have not.
  validate: async (runtime) => {
    try {
      const service = runtime.getService<ResilienceService>(RESILIENCE_SERVICE);
      return (await service?.engine())?.measures.isLookDue === true;
    } catch (error) {
      runtime.logger.warn({ src: 'resilience:watch', error }, 'the resilience is not watched');
      return false;
    }
  },
  handler: async (runtime) => {
    try {
      const service = runtime.getService<ResilienceService>(RESILIENCE_SERVICE);
      const changes = (await (await service?.engine())?.measures.look()) ?? [];
      for (const change of changes) record({ kind: 'resilience-level', ...change });
    } catch (error) {
      // ElizaOS would give the message up for an evaluator that throws.
      runtime.logger.warn({ src: 'resilience:watch', error }, 'the resilience was not looked at');
    }
    return undefined;
  },
};
