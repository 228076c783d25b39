import {
  ruledAction,
  type ActionCall,
  type ActionOutcome,
  type RuledAction,
  type RuledActionInit,
} from '@371os/kernel';
import { readApprovalId } from '@371os/plugin-treasury';
import { z } from 'zod';
import { readOrderRequest, type OrderRequest } from '../domain/request/read-order-request.ts';
import { akashOf, type AkashService } from '../services/akash-service.ts';

/** What an action on deployments works with. */
export interface DeploymentCall extends ActionCall {
  readonly akash: AkashService;
  /** The id that was named, if one was. */
  readonly id: string | undefined;
}

export interface DeploymentActionInit extends Omit<RuledActionInit, 'rule' | 'validate' | 'work'> {
  readonly kind: OrderRequest['kind'];
  readonly adminsOnly: string;
  readonly work: (call: DeploymentCall) => Promise<ActionOutcome>;
}

const ID = {
  type: 'string',
  description: 'The id of the deployment, such as K7QP2M3A',
  required: false,
};
const idField = z.string().trim().min(1).max(64).optional().catch(undefined);

/** An action on deployments that there are, for the owner and admins. */
export function deploymentAction({ kind, ...init }: DeploymentActionInit): RuledAction {
  return ruledAction({
    ...init,
    parameters: { id: ID, ...init.parameters },
    rule: (text) => {
      const request = readOrderRequest(text, readApprovalId);
      return request?.kind === kind ? request.fields : undefined;
    },
    validate: (runtime) => Promise.resolve(runtime.hasService('akash')),
    work: async (call) => {
      const { id: given, deploymentId } = call.parameters;
      const named = idField.parse(given ?? deploymentId);
      const id = named === undefined ? undefined : (readApprovalId(named) ?? named);
      return init.work({ ...call, akash: await akashOf(call.runtime), id });
    },
  });
}
