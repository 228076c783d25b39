import { FetchRequest, JsonRpcProvider } from 'ethers';

const REQUEST_TIMEOUT_MS = 30_000;
const POLL_MS = 25;

/**
 * JSON-RPC of a chain whose id is known, without ethers' cache, which holds back fresh nonces, and
 * without its batches, for which each request waits 10 ms.
 */
export function evmRpc(rpcUrl: string, chainId: number): JsonRpcProvider {
  const request = new FetchRequest(rpcUrl);
  request.timeout = REQUEST_TIMEOUT_MS;
  const options = { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 };
  const rpc = new JsonRpcProvider(request, chainId, options);
  rpc.pollingInterval = POLL_MS;
  return rpc;
}
