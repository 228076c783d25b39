import type { HandlerOptions, Memory, State } from '@elizaos/core';
import { currentConversation } from './conversation.ts';
import type { ActionRule } from './rule.ts';

/**
 * What an action was asked to do, as raw fields for its schema to parse. From the weakest to the
 * strongest: what the action's own rule reads in the message, the tags of the model's answer, the
 * parameters of a multi-step run, and fields that a program put into the message itself.
 */
export function actionParameters(call: {
  message: Memory;
  state?: State | undefined;
  options?: HandlerOptions | undefined;
  responses?: Memory[] | undefined;
  rule?: ActionRule | undefined;
}): Record<string, unknown> {
  const text = currentConversation()?.text ?? call.message.content.text ?? '';
  return {
    ...call.rule?.(text),
    ...call.responses?.[0]?.content,
    ...asRecord(call.state?.data['actionParams']),
    ...asRecord(call.options?.['parameters']),
    ...asRecord(call.message.content['parameters']),
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
