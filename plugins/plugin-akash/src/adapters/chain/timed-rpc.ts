import { parseJsonRpcResponse, isJsonRpcErrorResponse } from '@cosmjs/json-rpc';
import type { RpcClient } from '@cosmjs/tendermint-rpc';
import { ChainUnreachableError, ChainRpcError } from '../../network-errors.ts';

/** CometBFT's JSON-RPC over HTTP where no call waits for ever. */
export function timedRpc(url: string, timeoutMs: number): RpcClient {
  return {
    execute: async (request) => {
      const response = parseJsonRpcResponse(await post(url, request, timeoutMs));
      if (!isJsonRpcErrorResponse(response)) return response;
      throw new ChainRpcError({ method: request.method, problem: problemOf(response.error) });
    },
    disconnect: () => undefined,
  };
}

async function post(url: string, body: object, timeoutMs: number): Promise<unknown> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return await response.json();
  } catch (cause) {
    throw new ChainUnreachableError({ url, cause });
  }
}

function problemOf({ message, data }: { message: string; data?: unknown }): string {
  return typeof data === 'string' ? `${message}: ${data}` : message;
}
