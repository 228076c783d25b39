import { ruledAction } from '@371os/kernel';
import { z } from 'zod';
import { describeComparison } from '../domain/plan-words.ts';
import { readComparisonRequest } from '../domain/request/read-comparison-request.ts';
import { readDeployRequest } from '../domain/request/read-deploy-request.ts';
import { akashOf } from '../services/akash-service.ts';
import { presentComparison } from './present-plan.ts';

const field = z.unknown().optional();
const input = z.object({
  cpu: field,
  memory: field,
  storage: field,
  replicas: field,
  persistence: field,
});

/** Compares what a container costs on Akash with list prices elsewhere. Everybody may ask. */
export const compareHostingCost = ruledAction({
  name: 'COMPARE_HOSTING_COST',
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
  rule: (text) => (readDeployRequest(text) ? undefined : readComparisonRequest(text)),
  example: [
    'What does hosting 2 cpus, 4 GiB of memory and 20 GiB of storage cost on Akash?',
    'A month of 2 CPU, 4 GiB of memory',
  ],
  async work({ runtime, parameters }) {
    const fields = input.parse(parameters);
    const { spec, comparison } = (await akashOf(runtime)).planner.compare(fields);
    return { text: describeComparison(spec, comparison), data: presentComparison(comparison) };
  },
});
