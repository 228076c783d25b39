import {
  ruledAction,
  type ActionCall,
  type ActionOutcome,
  type RuledAction,
  type RuledActionInit,
} from '@371os/kernel';
import { z } from 'zod';
import { readLifeRequest, type LifeRequest } from '../domain/read-life-request.ts';
import { UnnamedAgentError } from '../errors/lives.ts';
import type { LifeDesk } from '../services/life-desk.ts';
import { lifecycleOf, lifeDeskOf } from '../services/lifecycle-service.ts';

/** What an action on agents' lives works with. */
export interface LifeCall extends ActionCall {
  readonly desk: LifeDesk;
  readonly name: string;
}

export interface LifeActionInit extends Omit<
  RuledActionInit,
  'rule' | 'rulePriority' | 'validate' | 'work'
> {
  readonly kind: LifeRequest['kind'];
  readonly adminsOnly: string;
  readonly work: (call: LifeCall) => Promise<ActionOutcome>;
}

const NAME = { type: 'string', description: 'The name of the agent', required: true };
const nameField = z.string().trim().min(1).max(64).optional().catch(undefined);

/** An action on agents' lives, for the owner and admins. The front desk offers it. */
export function lifeAction({ kind, ...init }: LifeActionInit): RuledAction {
  return ruledAction({
    ...init,
    parameters: { name: NAME, ...init.parameters },
    rule: (text) => {
      const request = readLifeRequest(text);
      return request?.kind === kind ? { ...request.fields } : undefined;
    },
    // The front desk hands on whatever it is asked, but for what it does itself.
    rulePriority: 200,
    validate: async (runtime) => {
      const lifecycle = runtime.getService('lifecycle');
      return lifecycle !== null && (await lifecycleOf(runtime)).isFrontDesk;
    },
    work: async (call) => {
      const name = nameField.parse(call.parameters['name']);
      if (name === undefined) throw new UnnamedAgentError();
      return init.work({ ...call, desk: await lifeDeskOf(call.runtime), name });
    },
  });
}
