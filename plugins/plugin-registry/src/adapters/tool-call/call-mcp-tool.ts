import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { ToolAnswer } from '../../domain/tools/tool-call.ts';
import type { ProtocolCall } from './protocol-call.ts';
import { BoundedSchemas } from './schema-check.ts';

const IMPLEMENTATION = { name: '371os', version: '0.1.0' };

/** Calls a tool over MCP's streamable HTTP, of 2026-07-28 or before. */
export const callMcpTool: ProtocolCall = async (call, { fetch, signal, timeoutMs }) => {
  const client = new Client(IMPLEMENTATION, {
    versionNegotiation: { mode: 'auto' },
    // Nobody here answers questions of a stranger's tool.
    inputRequired: { autoFulfill: false },
    jsonSchemaValidator: new BoundedSchemas(),
  });
  const transport = new StreamableHTTPClientTransport(new URL(call.url), {
    fetch,
    reconnectionOptions: NO_RECONNECTION,
  });
  const options = { signal, timeout: timeoutMs, maxTotalTimeout: timeoutMs };
  try {
    await client.connect(transport, options);
    return answerOf(
      await client.callTool({ name: call.tool, arguments: { ...call.parameters } }, options),
    );
  } finally {
    await client.close().catch(() => undefined);
  }
};

const NO_RECONNECTION = {
  maxRetries: 0,
  initialReconnectionDelay: 1,
  maxReconnectionDelay: 1,
  reconnectionDelayGrowFactor: 1,
};

function answerOf({
  structuredContent,
  content,
  isError,
}: Awaited<ReturnType<Client['callTool']>>): ToolAnswer {
  return { output: structuredContent ?? outputOf(content), isError: isError === true };
}

// A tool without structured content says it as text, which often holds JSON.
function outputOf(content: readonly { readonly type: string }[]): unknown {
  const [only] = content;
  if (content.length === 1 && only?.type === 'text' && 'text' in only) return jsonOr(only.text);
  return content;
}

function jsonOr(text: unknown): unknown {
  try {
    return JSON.parse(String(text)) as unknown;
  } catch {
    return text;
  }
}
