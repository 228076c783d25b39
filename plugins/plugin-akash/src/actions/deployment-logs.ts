import { z } from 'zod';
import { deploymentAction } from './deployment-action.ts';

const DEFAULT_LINES = 50;
const MOST_LINES = 500;
const LONGEST_LINE = 2_000;
const input = z.object({
  lines: z.coerce.number().int().min(1).max(MOST_LINES).catch(DEFAULT_LINES),
});

/** Shows what the services of a deployment wrote last. */
export const deploymentLogs = deploymentAction({
  name: 'DEPLOYMENT_LOGS',
  kind: 'logs',
  similes: ['SHOW_LOGS', 'TAIL_LOGS'],
  description: 'Shows the last lines that the services of a deployment on Akash wrote.',
  parameters: {
    lines: {
      type: 'string',
      description: `How many, 1 to ${String(MOST_LINES)}. Default: ${String(DEFAULT_LINES)}`,
      required: false,
    },
  },
  adminsOnly: 'see logs of deployments',
  example: ['Logs of K7QP2M3A', 'Last lines of deployment K7QP2M3A:'],
  async work({ akash, id, parameters }) {
    const { lines } = input.parse(parameters);
    const desk = await akash.desk();
    const wanted = id ?? (await desk.onlyOpen('asked for its logs'));
    const found = (await desk.deployments.logs(wanted, lines)).slice(-lines);
    const text = found.map(({ name, message }) => `${name}: ${message.slice(0, LONGEST_LINE)}`);
    return {
      text:
        text.length === 0
          ? `Deployment ${wanted} has written nothing yet.`
          : [`Last lines of deployment ${wanted}:`, ...text].join('\n'),
      data: { deploymentId: wanted, lines: found },
    };
  },
});
