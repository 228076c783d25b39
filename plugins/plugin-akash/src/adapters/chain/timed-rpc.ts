import { setTimeout as pause } from 'node:timers/promises';
import { parseJsonRpcResponse, isJsonRpcErrorResponse } from '@cosmjs/json-rpc';
import type { RpcClient } from '@cosmjs/tendermint-rpc';
import { CutOffError, refuseCutOff, wayTo, type Fallbacks } from '@371os/kernel';
import { z } from 'zod';
import { ChainUnreachableError, ChainRpcError, WrongChainError } from '../../network-errors.ts';

export interface TimedRpcInit {
  readonly nodes: Fallbacks;
  /** The chain that all of them must belong to. */
  readonly chainId: string;
  /** How long a node may take for one answer. */
  readonly timeoutMs: number;
}

interface Request {
  readonly method: string;
}

const NODE = "Akash's node";
const TRIES = 3;
const BETWEEN_TRIES_MS = 200;

const statusOf = z.object({
  result: z.object({ node_info: z.object({ network: z.string() }) }),
});

/**
 * CometBFT's JSON-RPC over HTTP where no call waits for ever, and none is made while we are cut off. What
 * changes nothing is asked three times, so that one lost packet does not end a deployment, and of each
 * node that there is.
 */
export function timedRpc(init: TimedRpcInit): RpcClient {
  const nodes = new CheckedNodes(init);
  return {
    execute: async (request) => {
      const response = parseJsonRpcResponse(await ask(nodes, request));
      if (!isJsonRpcErrorResponse(response)) return response;
      throw new ChainRpcError({ method: request.method, problem: problemOf(response.error) });
    },
    disconnect: () => undefined,
  };
}

async function ask(nodes: CheckedNodes, request: Request): Promise<unknown> {
  if (request.method.startsWith('broadcast')) return nodes.askOnce(request);
  for (let left = TRIES - 1; left > 0; left -= 1) {
    try {
      return await nodes.ask(request);
    } catch (error) {
      if (!isOutage(error)) throw error;
      await pause(BETWEEN_TRIES_MS);
    }
  }
  return nodes.ask(request);
}

/** The nodes. One that stands in for the first is asked before which chain it belongs to. */
class CheckedNodes {
  readonly #init: TimedRpcInit;
  readonly #checked: Set<string>;

  constructor(init: TimedRpcInit) {
    this.#init = init;
    // That of the first is asked for before anything is signed.
    this.#checked = new Set([init.nodes.addresses[0]]);
  }

  async ask(request: Request): Promise<unknown> {
    return this.#init.nodes.ask((url) => this.#askAt(url, request), isAway);
  }

  async askOnce(request: Request): Promise<unknown> {
    return this.#init.nodes.askOnce((url) => this.#askAt(url, request), isAway);
  }

  async #askAt(url: string, request: Request): Promise<unknown> {
    const { chainId: wanted, timeoutMs } = this.#init;
    if (!this.#checked.has(url)) {
      const status = { jsonrpc: '2.0', id: 1, method: 'status', params: {} };
      const read = statusOf.safeParse(await post(url, status, timeoutMs));
      const found = read.data?.result.node_info.network ?? 'of no name';
      if (found !== wanted) throw new WrongChainError({ wanted, found });
      this.#checked.add(url);
    }
    return post(url, request, timeoutMs);
  }
}

async function post(url: string, body: object, timeoutMs: number): Promise<unknown> {
  refuseCutOff(url, NODE);
  try {
    const response = await fetch(await wayTo(url), {
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

function isOutage(error: unknown): boolean {
  return error instanceof ChainUnreachableError;
}

// One that is not asked while we are cut off may be stood in for by one that is near.
function isAway(error: unknown): boolean {
  return isOutage(error) || CutOffError.isIn(error);
}

function problemOf({ message, data }: { message: string; data?: unknown }): string {
  return typeof data === 'string' ? `${message}: ${data}` : message;
}
