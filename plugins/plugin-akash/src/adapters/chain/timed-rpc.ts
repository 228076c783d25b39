import { setTimeout as pause } from 'node:timers/promises';
import { parseJsonRpcResponse, isJsonRpcErrorResponse } from '@cosmjs/json-rpc';
import type { RpcClient } from '@cosmjs/tendermint-rpc';
import { refuseCutOff } from '@371os/kernel';
import { ChainUnreachableError, ChainRpcError } from '../../network-errors.ts';

const NODE = "Akash's node";
const TRIES = 3;
const BETWEEN_TRIES_MS = 200;

/**
 * CometBFT's JSON-RPC over HTTP where no call waits for ever, and none is made while we are cut off. What changes nothing is asked three
 * times, so that one lost packet does not end a deployment.
 */
export function timedRpc(url: string, timeoutMs: number): RpcClient {
  return {
    execute: async (request) => {
      const response = parseJsonRpcResponse(await ask(url, request, timeoutMs));
      if (!isJsonRpcErrorResponse(response)) return response;
      throw new ChainRpcError({ method: request.method, problem: problemOf(response.error) });
    },
    disconnect: () => undefined,
  };
}

async function ask(
  url: string,
  request: { readonly method: string },
  timeoutMs: number,
): Promise<unknown> {
  const tries = request.method.startsWith('broadcast') ? 1 : TRIES;
  for (let left = tries - 1; left > 0; left -= 1) {
    try {
      return await post(url, request, timeoutMs);
    } catch {
      await pause(BETWEEN_TRIES_MS);
    }
  }
  return post(url, request, timeoutMs);
}

async function post(url: string, body: object, timeoutMs: number): Promise<unknown> {
  refuseCutOff(url, NODE);
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
    // It may be known by now why it did not answer.
    refuseCutOff(url, NODE);
    throw new ChainUnreachableError({ url, cause });
  }
}

function problemOf({ message, data }: { message: string; data?: unknown }): string {
  return typeof data === 'string' ? `${message}: ${data}` : message;
}
