import type { Memory } from '@elizaos/core';
import {
  actionParameters,
  principalOf,
  requireRole,
  toActionResult,
  type ActionOutcome,
  type ActionRule,
  type Principal,
  type RuledAction,
} from '@371os/kernel';
import { readApprovalId } from '@371os/plugin-treasury';
import { z } from 'zod';
import { readOrderRequest, type OrderRequest } from '../domain/request/read-order-request.ts';
import { akashOf, type AkashService } from '../services/akash-service.ts';

/** What an action on deployments works with. */
export interface DeploymentCall {
  readonly akash: AkashService;
  readonly message: Memory;
  readonly principal: Principal;
  /** The id that was named, if one was. */
  readonly id: string | undefined;
  /** Raw fields for the action's schema. */
  readonly parameters: Record<string, unknown>;
}

export interface DeploymentActionInit {
  readonly name: string;
  readonly kind: OrderRequest['kind'];
  readonly similes: string[];
  readonly description: string;
  readonly parameters?: Record<string, { type: string; description: string; required: boolean }>;
  /** What only the owner and admins may do, after "may". */
  readonly adminsOnly: string;
  /** What somebody asks, and the beginning of a good answer. */
  readonly example: readonly [question: string, answer: string];
  work(call: DeploymentCall): Promise<ActionOutcome>;
}

const ID = { type: 'string', description: 'The id of the deployment, such as K7QP2M3A' };
const idField = z.string().trim().min(1).max(64).optional().catch(undefined);

/** An action on deployments that there are, for the owner and admins. */
export function deploymentAction(init: DeploymentActionInit): RuledAction {
  const { name, kind, similes, description, parameters } = init;
  const [question, answer] = init.example;
  const rule: ActionRule = (text) => {
    const request = readOrderRequest(text, readApprovalId);
    return request?.kind === kind ? request.fields : undefined;
  };
  return {
    name,
    similes,
    description,
    parameters: { id: { ...ID, required: false }, ...parameters },
    rule,
    validate: (runtime) => Promise.resolve(runtime.hasService('akash')),
    handler: (runtime, message, state, options, callback, responses) =>
      toActionResult(name, message, callback, async () => {
        const principal = principalOf(runtime, message);
        requireRole(principal, 'admin', init.adminsOnly);
        const asked = actionParameters({ message, state, options, responses, rule });
        const named = idField.parse(asked['id'] ?? asked['deploymentId']);
        const id = named === undefined ? undefined : (readApprovalId(named) ?? named);
        const akash = await akashOf(runtime);
        return init.work({ akash, message, principal, id, parameters: asked });
      }),
    examples: [
      [
        { name: '{{user1}}', content: { text: question } },
        { name: '{{agent}}', content: { text: answer, actions: [name] } },
      ],
    ],
  };
}
