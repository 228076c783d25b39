import { getStreamingContext, type IAgentRuntime } from '@elizaos/core';
import { currentConversation, repeatsConfidential } from '@371os/kernel';
import type { SpendScopes } from '../ports.ts';
import type { GatewaySettings } from '../settings.ts';

/** For whom a call is made, and what binds it for that. */
export interface CallContext {
  readonly isConfidential: boolean;
  readonly scopes: SpendScopes;
  readonly signal: AbortSignal | undefined;
}

/**
 * What the running conversation means for a call.
 * @param text all that the call would send: what repeats something confidential is confidential
 */
export function callContext(
  { character }: IAgentRuntime,
  { CONFIDENTIAL }: GatewaySettings,
  text: string,
  ownSignal?: AbortSignal,
): CallContext {
  const conversation = currentConversation();
  const signals = [ownSignal, conversation?.signal, getStreamingContext()?.abortSignal].filter(
    (signal, index, all): signal is AbortSignal =>
      signal !== undefined && all.indexOf(signal) === index,
  );
  return {
    isConfidential:
      CONFIDENTIAL || conversation?.isConfidential === true || repeatsConfidential(text),
    scopes: {
      agent: character.name,
      ...(conversation ? { user: conversation.principal.id } : {}),
      ...(conversation?.taskId === undefined ? {} : { task: conversation.taskId }),
    },
    signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0],
  };
}
