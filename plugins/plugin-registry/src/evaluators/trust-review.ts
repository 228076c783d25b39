import type { Evaluator, IAgentRuntime } from '@elizaos/core';
import { record } from '@371os/kernel';
import { AGENT_TOOLS_SERVICE, type AgentToolsService } from '../services/agent-tools-service.ts';

const LOG = { src: 'registry:trust-review' };

/**
 * Rates tools that were called by what was measured of the call: latency, success and cost. The rating
 * is kept as a proposal; the chain is told only where REGISTRY_RATES_ON_CHAIN says so.
 */
export const trustReview: Evaluator = {
  name: 'TRUST_REVIEW',
  description:
    "Rates other agents' tools from the measured latency, success and cost of our calls.",
  alwaysRun: true,
  examples: [],
  // Evaluators that have something to do make ElizaOS compose a new state, so most have not.
  validate: async (runtime) => {
    const tools = runtime.getService<AgentToolsService>(AGENT_TOOLS_SERVICE);
    if (!tools) return false;
    try {
      return await tools.hasUnrated();
    } catch (error) {
      runtime.logger.warn({ ...LOG, error }, 'it is not known what there is to rate');
      return false;
    }
  },
  handler: async (runtime) => {
    try {
      await review(runtime);
    } catch (error) {
      // ElizaOS would give the message up for an evaluator that throws.
      runtime.logger.warn({ ...LOG, error }, 'a call was not rated');
    }
    return undefined;
  },
};

async function review(runtime: IAgentRuntime): Promise<void> {
  const tools = runtime.getService<AgentToolsService>(AGENT_TOOLS_SERVICE);
  if (!tools) return;
  for (const { agent, value, reason, state } of await tools.reviewCalls())
    record({ kind: 'trust-review', agent, value, reason, state });
}
