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
import { z } from 'zod';
import { readLifeRequest, type LifeRequest } from '../domain/read-life-request.ts';
import { UnnamedAgentError } from '../errors.ts';
import type { LifeDesk } from '../services/life-desk.ts';
import { lifecycleOf, lifeDeskOf } from '../services/lifecycle-service.ts';

/** What an action on agents' lives works with. */
export interface LifeCall {
  readonly desk: LifeDesk;
  readonly message: Memory;
  readonly principal: Principal;
  readonly name: string;
  /** Raw fields for the action's schema. */
  readonly parameters: Record<string, unknown>;
}

export interface LifeActionInit {
  readonly name: string;
  readonly kind: LifeRequest['kind'];
  readonly similes: string[];
  readonly description: string;
  readonly parameters?: Record<string, { type: string; description: string; required: boolean }>;
  /** What only the owner and admins may do, after "may". */
  readonly adminsOnly: string;
  /** What somebody asks, and the beginning of a good answer. */
  readonly example: readonly [question: string, answer: string];
  work(call: LifeCall): Promise<ActionOutcome>;
}

const NAME = { type: 'string', description: 'The name of the agent', required: true };
const nameField = z.string().trim().min(1).max(64).optional().catch(undefined);

/** An action on agents' lives, for the owner and admins. The front desk offers it. */
export function lifeAction(init: LifeActionInit): RuledAction & { rulePriority: number } {
  const { name, kind, similes, description, parameters } = init;
  const [question, answer] = init.example;
  const rule: ActionRule = (text) => {
    const request = readLifeRequest(text);
    return request?.kind === kind ? { ...request.fields } : undefined;
  };
  return {
    name,
    similes,
    description,
    parameters: { name: NAME, ...parameters },
    rule,
    // The front desk hands on whatever it is asked, but for what it does itself.
    rulePriority: 200,
    validate: async (runtime) => {
      const lifecycle = runtime.getService('lifecycle');
      return lifecycle !== null && (await lifecycleOf(runtime)).isFrontDesk;
    },
    handler: (runtime, message, state, options, callback, responses) =>
      toActionResult(name, message, callback, async () => {
        const principal = principalOf(runtime, message);
        requireRole(principal, 'admin', init.adminsOnly);
        const asked = actionParameters({ message, state, options, responses, rule });
        const named = nameField.parse(asked['name']);
        if (named === undefined) throw new UnnamedAgentError();
        const desk = await lifeDeskOf(runtime);
        return init.work({ desk, message, principal, name: named, parameters: asked });
      }),
    examples: [
      [
        { name: '{{user1}}', content: { text: question } },
        { name: '{{agent}}', content: { text: answer, actions: [name] } },
      ],
    ],
  };
}
