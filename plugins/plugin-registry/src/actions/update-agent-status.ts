import { ruledAction } from '@371os/kernel';
import { z } from 'zod';
import { describeProfile } from '../domain/publication.ts';
import { AGENT_STATUSES } from '../domain/registration-file.ts';
import { readRegistrationRequest } from '../domain/registration-request.ts';
import { NotRegisteredError } from '../errors.ts';
import { registryOf } from '../services/registry-service.ts';
import { askForApproval } from './ask-for-approval.ts';

const WHICH = `Which status is it to have: ${AGENT_STATUSES.join(', ')}?`;

const statusField = z.string().trim().toLowerCase().pipe(z.enum(AGENT_STATUSES));

/** Asks the owner to have this agent's registration say another status; retiring is one. */
export const updateAgentStatus = ruledAction({
  name: 'UPDATE_AGENT_STATUS',
  similes: ['PAUSE_AGENT', 'DEREGISTER_AGENT', 'SET_AGENT_AVAILABILITY'],
  description:
    "Changes what this agent's registration on chain says of it: active, paused, maintenance or retired. It costs gas: the owner has to approve it in a message of their own.",
  parameters: {
    status: {
      type: 'string',
      description: 'active, paused, maintenance or retired',
      required: true,
    },
  },
  adminsOnly: "ask for an agent's status to be changed",
  validate: (runtime) => Promise.resolve(runtime.hasService('registry')),
  rule: (text, self) => {
    const request = readRegistrationRequest(text, self);
    return request?.kind === 'status' ? { ...request.fields } : undefined;
  },
  example: [
    'Retire yourself from the registry',
    'Plan (nothing is sent yet): publish a changed registration of agent CFO Maya (status retired).',
  ],
  async work({ runtime, message, principal: requester, parameters }) {
    const status = statusField.safeParse(parameters['status']);
    if (!status.success) return { text: WHICH, values: { missing: [WHICH] } };
    const registry = await registryOf(runtime);
    const { publications } = await registry.account();
    const known = await registry.self();
    const { name } = runtime.character;
    if (!known?.published) throw new NotRegisteredError({ name });
    const { profile: before } = known.published;
    if (before.status === status.data)
      return { text: `${name} is ${status.data} in the registry already.` };
    const profile = { ...before, status: status.data };
    const plan = await publications.plan({ did: known.did, name, profile }, 'update');
    return askForApproval(registry, plan, describeProfile(profile), { requester, message });
  },
});
