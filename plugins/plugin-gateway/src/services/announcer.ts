import { EventType, type IAgentRuntime } from '@elizaos/core';
import { usdNumber } from '@371os/kernel';
import type { ModelUse } from '../ports.ts';

/**
 * Tells an agent's plugins of each call by ElizaOS's event MODEL_USED. Beside ElizaOS's fields it
 * has `model`, `costUsd`, `callId` and `status`. Nobody waits for those who listen.
 */
export function announcer(runtime: IAgentRuntime): (use: ModelUse) => void {
  return ({ tokensIn, tokensOut, costPico, modelType: type, ...use }) => {
    const tokens = { prompt: tokensIn, completion: tokensOut, total: tokensIn + tokensOut };
    const event = { ...use, source: 'gateway', type, tokens, costUsd: usdNumber(costPico) };
    void Promise.resolve()
      .then(() => runtime.emitEvent(EventType.MODEL_USED, event as never))
      .catch((error: unknown) => {
        runtime.logger.warn({ src: 'gateway', error }, 'a listener of MODEL_USED failed');
      });
  };
}
