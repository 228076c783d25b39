import { z } from 'zod';
import { IncompleteOrderError, ResourcesChangedError } from '../order-errors.ts';
import { askForOrder } from './ask-for-order.ts';
import { deploymentAction } from './deployment-action.ts';

const text = z.string().trim().min(1).optional().catch(undefined);
const change = z.object({
  ...{ dockerImage: text, environment: text, service: text, sdl: text, manifestPath: text },
});
// Parts of the lease; `resource` is the word for one of them in a message.
const PARTS_OF_LEASE = [
  ...['resource', 'cpu', 'memory', 'storage', 'replicas', 'ports', 'regions', 'persistence'],
  ...['redundancy', 'maxCost'],
];

/** Asks the owner to have another image or other variables run on the lease that there is. */
export const updateDeployment = deploymentAction({
  name: 'UPDATE_DEPLOYMENT',
  kind: 'update',
  similes: ['CHANGE_DEPLOYMENT_IMAGE', 'ROLL_OUT_VERSION'],
  description:
    'Asks the owner to approve that a deployment on Akash runs another image or other variables on the same resources. Nothing changes by asking. Never guess id or image.',
  parameters: {
    dockerImage: { type: 'string', description: 'Such as nginx:1.29', required: false },
    environment: {
      type: 'string',
      description: 'NAME=value a line; secrets only as NAME=secret:NAME',
      required: false,
    },
    service: { type: 'string', description: 'Which service, if several', required: false },
    sdl: { type: 'string', description: 'A whole new SDL instead', required: false },
    manifestPath: { type: 'string', description: 'Or the path of an SDL file', required: false },
  },
  adminsOnly: 'ask for deployments to be updated',
  example: ['Update K7QP2M3A to nginx:1.29', 'Update deployment K7QP2M3A to nginx:1.29'],
  work: (call) =>
    askForOrder(call, 'updated', async (id) => {
      const part = PARTS_OF_LEASE.find((name) => call.parameters[name] !== undefined);
      if (part !== undefined) throw new ResourcesChangedError({ id, what: wordFor(call, part) });
      const next = change.parse(call.parameters);
      const { dockerImage, environment, sdl, manifestPath } = next;
      if ((dockerImage ?? environment ?? sdl ?? manifestPath) === undefined)
        throw new IncompleteOrderError({
          missing: 'Which image or variables is it to run?',
          example: `update ${id} to nginx:1.29`,
        });
      const { deployments } = await call.akash.desk();
      const plan = await call.akash.planner.update(await deployments.get(id), next);
      return { version: 1, work: 'update', deploymentId: id, plan };
    }),
});

function wordFor({ parameters }: { parameters: Record<string, unknown> }, part: string): string {
  const said = part === 'resource' ? String(parameters[part]) : part;
  return said.charAt(0).toUpperCase() + said.slice(1);
}
