import type { ToolAnswer, ToolCall } from '../domain/tools/tool-call.ts';

/** Calls the tools of agents that nobody knows. */
export interface ToolCaller {
  /**
   * Makes one call, once. Nothing is sent anywhere that the rules on endpoints forbid.
   * @throws EndpointRefusedError before anything was sent; ToolUnreachableError,
   *   ToolAnswerTooLargeError, ToolProtocolError, ToolTimeoutError after the call may have been made
   */
  call(call: ToolCall): Promise<ToolAnswer>;
}
