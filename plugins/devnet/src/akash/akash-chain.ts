import type { Clock } from '@371os/kernel';
import { Chain } from './chain/chain.ts';
import type { ChainState } from './chain/chain-state.ts';
import { grpcServer } from './chain/faces/grpc-server.ts';
import { jsonRpcServer } from './chain/faces/json-rpc.ts';
import { restGateway } from './chain/faces/rest-gateway.ts';
import type { Store } from './chain/store.ts';
import type { Faults } from './faults.ts';
import { endServer, listen, LOOPBACK } from './loopback-server.ts';

export interface AkashChainInit {
  readonly store: Store;
  readonly chainId: string;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Between blocks; 0 makes none but those that are asked for. */
  readonly blockTimeMs: number;
  /** Wanted ports; another one is taken when somebody has it. 0 is any. */
  readonly ports: { readonly rpc: number; readonly rest: number; readonly grpc: number };
  readonly genesis: (state: ChainState) => void;
}

export interface ChainAddresses {
  /** CometBFT's JSON-RPC. */
  readonly rpcUrl: string;
  readonly restUrl: string;
  readonly grpcUrl: string;
}

/** The chain with its three faces, making blocks. */
export interface RunningChain extends ChainAddresses {
  readonly chain: Chain;
  stop(): Promise<void>;
}

export async function startChain(init: AkashChainInit): Promise<RunningChain> {
  const { store, chainId, clock, faults, genesis, ports } = init;
  const chain = new Chain({ store, chainId, clock, switches: faults, genesis });
  const rpc = jsonRpcServer(chain);
  const rest = restGateway(chain);
  const grpc = grpcServer(chain);
  const urlOf = (port: number): string => `http://${LOOPBACK}:${String(port)}`;
  const addresses: ChainAddresses = {
    rpcUrl: urlOf(await listen(rpc, ports.rpc)),
    restUrl: urlOf(await listen(rest, ports.rest)),
    grpcUrl: urlOf(await listen(grpc, ports.grpc)),
  };
  const timer = init.blockTimeMs > 0 && setInterval(() => chain.makeBlock(), init.blockTimeMs);
  return {
    ...{ ...addresses, chain },
    stop: async () => {
      clearInterval(timer || undefined);
      await Promise.all([endServer(rpc), endServer(rest), endServer(grpc)]);
    },
  };
}
