import type { IAgentRuntime } from '@elizaos/core';
import { SpanKind } from '@opentelemetry/api';
import { aroundMessages, currentConversation } from '@371os/kernel';
import { ATTRIBUTE, SPAN } from '../domain/telemetry-names.ts';
import { traced } from './tracing.ts';

/** Makes a span for each message that an agent handles, in which its model calls stand. */
export function traceMessages(runtime: IAgentRuntime): void {
  const { name } = runtime.character;
  aroundMessages(runtime, ({ roomId }, handle) => {
    const attributes = {
      [ATTRIBUTE.operation]: SPAN.invokeAgent,
      [ATTRIBUTE.agent]: name,
      [ATTRIBUTE.conversation]: roomId,
      [ATTRIBUTE.task]: currentConversation()?.taskId,
    };
    return traced(
      { name: `${SPAN.invokeAgent} ${name}`, kind: SpanKind.INTERNAL, attributes },
      handle,
    );
  });
}
