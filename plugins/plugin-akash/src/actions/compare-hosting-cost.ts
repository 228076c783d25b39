import type { Handler } from '@elizaos/core';
import { actionParameters, toActionResult, type RuledAction } from '@371os/kernel';
import { z } from 'zod';
import { describeComparison } from '../domain/plan-words.ts';
import { readComparisonRequest } from '../domain/request/read-comparison-request.ts';
import { readDeployRequest } from '../domain/request/read-deploy-request.ts';
import { akashOf } from '../services/akash-service.ts';
import { presentComparison } from './present-plan.ts';

const NAME = 'COMPARE_HOSTING_COST';

const field = z.unknown().optional();
const input = z.object({
  cpu: field,
  memory: field,
  storage: field,
  replicas: field,
  persistence: field,
});

const rule: RuledAction['rule'] = (text) =>
  readDeployRequest(text) ? undefined : readComparisonRequest(text);

const handler: Handler = (runtime, message, state, options, callback, responses) =>
  toActionResult(NAME, message, callback, async () => {
    const fields = input.parse(actionParameters({ message, state, options, responses, rule }));
    const { spec, comparison } = (await akashOf(runtime)).planner.compare(fields);
    return { text: describeComparison(spec, comparison), data: presentComparison(comparison) };
  });

/** Compares what a container costs on Akash with list prices elsewhere. Everybody may ask. */
export const compareHostingCost: RuledAction = {
  name: NAME,
  similes: ['COMPARE_CLOUD_PRICES', 'ESTIMATE_AKASH_COST', 'SHOW_HOSTING_SAVING'],
  description:
    'Compares a month of hosting a container on Akash with dated list prices of AWS Fargate, GKE Autopilot and Azure Container Instances, and says when a plain server is cheaper.',
  parameters: {
    cpu: { type: 'string', description: 'CPUs. Default: 0.5', required: false },
    memory: { type: 'string', description: 'Default: 1Gi', required: false },
    storage: { type: 'string', description: 'Default: 10Gi', required: false },
    replicas: { type: 'string', description: 'Default: 1', required: false },
  },
  validate: (runtime) => Promise.resolve(runtime.hasService('akash')),
  handler,
  rule,
  examples: [
    [
      {
        name: '{{user1}}',
        content: {
          text: 'What does hosting 2 cpus, 4 GiB of memory and 20 GiB of storage cost on Akash?',
        },
      },
      {
        name: '{{agent}}',
        content: { text: 'A month of 2 CPU, 4 GiB of memory', actions: [NAME] },
      },
    ],
  ],
};
