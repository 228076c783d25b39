import { z } from 'zod';
import { describeLine, presentReport } from '../domain/deployment-report.ts';
import { describeStranger, presentStranger } from '../domain/stranger.ts';
import { deploymentAction } from './deployment-action.ts';

const input = z.object({ all: z.stringbool().catch(false).default(false) });

const NOT_OURS =
  'Not ours yet: our key has it open on chain, and nobody here made it. Write "adopt deployment NUMBER" or "close deployment NUMBER"; "close all unknown deployments" ends them all.';

/** Lists what is deployed on Akash. */
export const listDeploymentsAction = deploymentAction({
  name: 'LIST_DEPLOYMENTS',
  kind: 'list',
  similes: ['SHOW_DEPLOYMENTS', 'WHAT_RUNS_ON_AKASH'],
  description:
    'Lists the deployments on Akash: id, image, state, where each answers, for how long it is paid ahead and what it has cost.',
  parameters: {
    all: {
      type: 'string',
      description: 'true for those that have ended, too. Default: false',
      required: false,
    },
  },
  adminsOnly: 'see the deployments',
  example: ['How are our deployments?', 'K7QP2M3A: nginx:alpine, active at http://'],
  async work({ akash, parameters }) {
    const { all } = input.parse({ all: parameters['all'] ?? 'false' });
    const reports = await (await akash.desk()).reports.all({ isOpenOnly: !all });
    const strangers = await (await akash.strangers()).list();
    const lines = reports.map(describeLine);
    return {
      text: [
        ...(lines.length > 0 ? lines : ['Nothing is deployed on Akash.']),
        ...(strangers.length > 0 ? [NOT_OURS, ...strangers.map(describeStranger)] : []),
      ].join('\n'),
      data: {
        deployments: reports.map(presentReport),
        notOurs: strangers.map(presentStranger),
      },
    };
  },
});
