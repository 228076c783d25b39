import {
  currentConversation,
  ruledAction,
  type ActionCall,
  type ActionOutcome,
  type Principal,
} from '@371os/kernel';
import { z } from 'zod';
import { SPEC_FIELDS } from '../domain/deployment-spec.ts';
import { describeApproval, describePlan, describeQuestions } from '../domain/plan-words.ts';
import { readDeployRequest } from '../domain/request/read-deploy-request.ts';
import { akashOf } from '../services/akash-service.ts';
import type { PlanRequest } from '../services/planner.ts';
import { presentPlan } from './present-plan.ts';

const NO_IMAGE = 'Which container image is to run, such as nginx:alpine, or which SDL file?';

const text = z.string().trim().min(1).optional().catch(undefined);
const input = z.object({
  ...Object.fromEntries(SPEC_FIELDS.map((name) => [name, z.unknown().optional()])),
  dockerImage: z.unknown().optional(),
  sdl: text,
  manifestPath: text,
});

/** Plans a deployment, and asks for its approval; nothing is spent by it. */
export const deployToAkash = ruledAction({
  name: 'DEPLOY_TO_AKASH',
  similes: [
    'DEPLOY_DECENTRALIZED_INFRASTRUCTURE',
    'LAUNCH_ON_AKASH_NETWORK',
    'CREATE_DISTRIBUTED_DEPLOYMENT',
    'ESTABLISH_DECENTRALIZED_PRESENCE',
  ],
  description:
    'Plans the deployment of a container on Akash: specification, price range, saving against list prices. It spends nothing: the owner has to approve the plan in a message of their own.',
  parameters: {
    dockerImage: {
      type: 'string',
      description: 'The image, such as nginx:alpine. Never guess it.',
      required: false,
    },
    manifestPath: {
      type: 'string',
      description: 'An SDL file instead of an image',
      required: false,
    },
    sdl: { type: 'string', description: 'The text of an SDL instead of an image', required: false },
    cpu: { type: 'string', description: 'CPUs. Default: 0.5', required: false },
    memory: { type: 'string', description: 'Default: 1Gi', required: false },
    storage: { type: 'string', description: 'Default: 10Gi', required: false },
    replicas: { type: 'string', description: 'Default: 1', required: false },
    ports: {
      type: 'string',
      description: 'Such as 80/http,5432/tcp. Default: 8080/http',
      required: false,
    },
    environment: {
      type: 'string',
      description: 'NAME=value a line; secrets only as NAME=secret:NAME',
      required: false,
    },
    maxCost: {
      type: 'string',
      description: 'Most US dollars a month. Never guess it. Default: 100',
      required: false,
    },
    regions: {
      type: 'string',
      description: 'Acceptable ones. Default: us-west,eu-central',
      required: false,
    },
    persistence: {
      type: 'string',
      description: 'true to keep data. Default: false',
      required: false,
    },
    mountPath: {
      type: 'string',
      description: 'Where kept data is mounted. Default: /data',
      required: false,
    },
    redundancy: {
      type: 'string',
      description: 'On how many providers. Default: 1',
      required: false,
    },
  },
  adminsOnly: 'plan deployments',
  validate: (runtime) => Promise.resolve(runtime.hasService('akash')),
  rule: (message) => {
    const request = readDeployRequest(message);
    return request && { ...request.fields };
  },
  example: [
    'Deploy nginx:alpine with half a cpu and 512Mi for at most 5 dollars a month in eu',
    'Plan (dry run: nothing is spent yet): nginx:alpine on Akash.',
  ],
  async work({ runtime, message, principal: requester, parameters }) {
    const { sdl, manifestPath, ...fields } = input.parse(parameters);
    const said = readDeployRequest(currentConversation()?.text ?? message.content.text ?? '');
    const hasWhat = [fields.dockerImage, sdl, manifestPath].some((what) => what !== undefined);
    const questions = hasWhat
      ? (said?.questions ?? []).filter((one) => !/container image/.test(one))
      : [
          ...new Set([
            NO_IMAGE,
            ...(said?.questions ?? []).filter((one) => !/container image/.test(one)),
          ]),
        ];
    if (questions.length > 0)
      return { text: describeQuestions(questions), values: { missing: questions } };
    const by = { runtime, message, requester };
    return planDeployment(by, { fields, sdl, manifestPath, notUsed: said?.notUsed });
  },
});

/** Plans a deployment for somebody and asks for its approval. */
export async function planDeployment(
  {
    runtime,
    message,
    requester,
  }: Pick<ActionCall, 'runtime' | 'message'> & { requester: Principal },
  wanted: PlanRequest,
): Promise<ActionOutcome> {
  const akash = await akashOf(runtime);
  const planned = await akash.planner.plan(wanted);
  const approval = await akash.requestApproval(planned, {
    requester,
    room: message.roomId,
    message: message.id,
  });
  const how = `To approve it, the ${approval.minimumRole} writes: /approve ${approval.id}`;
  return {
    text: `${describePlan(planned)}\n${how}\n${describeApproval(akash.network)}`,
    values: { approvalId: approval.id, digest: approval.digest },
    data: presentPlan(planned),
  };
}
