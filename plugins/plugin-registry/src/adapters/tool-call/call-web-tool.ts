import { ToolProtocolError, ToolUnreachableError } from '../../tool-errors.ts';
import type { ProtocolCall } from './protocol-call.ts';

/** Posts `{tool, parameters, executionId}` as JSON and takes the JSON that comes back. */
export const callWebTool: ProtocolCall = async (call, { fetch }) => {
  const { url, tool, parameters, executionId } = call;
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ tool, parameters, executionId }),
  });
  const text = await response.text();
  if (response.status >= 500)
    throw new ToolUnreachableError({ url, problem: `HTTP ${String(response.status)}` });
  return { output: jsonOf(text, url), isError: !response.ok };
};

function jsonOf(text: string, url: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ToolProtocolError({ url, problem: 'the answer is no JSON', cause });
  }
}
