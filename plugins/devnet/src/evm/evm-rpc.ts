import { FetchRequest, JsonRpcProvider } from 'ethers';

const REQUEST_TIMEOUT_MS = 30_000;
const POLL_MS = 25;

/** JSON-RPC of a chain whose id is known, without ethers' cache, which holds back fresh nonces. */
export function evmRpc(rpcUrl: string, chainId: number): JsonRpcProvider {
  const request = new FetchRequest(rpcUrl);
  request.timeout = REQUEST_TIMEOUT_MS;
  const rpc = new JsonRpcProvider(request, chainId, { staticNetwork: true, cacheTimeout: -1 });
  rpc.pollingInterval = POLL_MS;
  return rpc;
}
