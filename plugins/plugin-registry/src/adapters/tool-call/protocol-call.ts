import type { ToolAnswer, ToolCall } from '../../domain/tools/tool-call.ts';

/** How one protocol makes a call, with nothing but this `fetch`. */
export type ProtocolCall = (
  call: ToolCall,
  means: { readonly fetch: typeof fetch; readonly signal: AbortSignal; readonly timeoutMs: number },
) => Promise<ToolAnswer>;
