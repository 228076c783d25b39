import { describeReport, presentReport } from '../domain/deployment-report.ts';
import { deploymentAction } from './deployment-action.ts';

/** Says how one deployment is. */
export const deploymentStatus = deploymentAction({
  name: 'DEPLOYMENT_STATUS',
  kind: 'status',
  similes: ['CHECK_DEPLOYMENT', 'IS_DEPLOYMENT_RUNNING'],
  description:
    'Tells how a deployment on Akash is: endpoint, lease, provider, region, cost a month and saving, for how long it is paid ahead.',
  adminsOnly: 'see the deployments',
  example: ['How is deployment K7QP2M3A?', 'Deployment K7QP2M3A (number 1793 on chain) runs:'],
  async work({ akash, id }) {
    const desk = await akash.desk();
    const report = await desk.reports.of(id ?? (await desk.onlyOpen('described')));
    return { text: describeReport(report), data: presentReport(report) };
  },
});
