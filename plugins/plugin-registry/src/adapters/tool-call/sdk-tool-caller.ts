import { BaseError, withinTime } from '@371os/kernel';
import type { Platform } from '../../domain/discovery/indexed-agent.ts';
import type { ToolAnswer, ToolCall } from '../../domain/tools/tool-call.ts';
import type { ToolCaller } from '../../ports/tool-caller.ts';
import { ToolProtocolError, ToolTimeoutError } from '../../tool-errors.ts';
import { callA2aAgent } from './call-a2a-agent.ts';
import { callMcpTool } from './call-mcp-tool.ts';
import { callWebTool } from './call-web-tool.ts';
import { GuardedFetch } from './guarded-fetch.ts';
import type { ProtocolCall } from './protocol-call.ts';

const PROTOCOLS: Record<Platform, ProtocolCall> = {
  mcp: callMcpTool,
  a2a: callA2aAgent,
  web: callWebTool,
};

export interface SdkToolCallerInit {
  readonly timeoutMs: number;
  /** Most bytes of all that comes back. */
  readonly mostBytes: number;
  readonly isLoopbackAllowed: boolean;
}

/** Calls tools with the clients of the protocols' own kits, through a guarded fetch. */
export class SdkToolCaller implements ToolCaller {
  readonly #init: SdkToolCallerInit;

  constructor(init: SdkToolCallerInit) {
    this.#init = init;
  }

  async call(call: ToolCall): Promise<ToolAnswer> {
    const { timeoutMs, ...limits } = this.#init;
    const control = new AbortController();
    const headers = { 'idempotency-key': call.executionId };
    const guard = new GuardedFetch({ ...limits, signal: control.signal, headers });
    const late = (): Error => new ToolTimeoutError({ url: call.url, timeoutMs });
    const means = { fetch: guard.fetch, signal: control.signal, timeoutMs };
    try {
      return await withinTime(PROTOCOLS[call.platform](call, means), timeoutMs, late);
    } catch (error) {
      throw this.#explain(call, error, guard);
    } finally {
      control.abort();
    }
  }

  #explain({ url }: ToolCall, error: unknown, { failure }: GuardedFetch): Error {
    if (BaseError.isInstance(failure)) return failure;
    if (BaseError.isInstance(error)) return error;
    const { message } = error as Error;
    if (/timed? ?out/i.test(message))
      return new ToolTimeoutError({ url, timeoutMs: this.#init.timeoutMs });
    // It may hold the stranger's words.
    const problem = JSON.stringify(message.slice(0, 200));
    return new ToolProtocolError({ url, problem, cause: error });
  }
}
