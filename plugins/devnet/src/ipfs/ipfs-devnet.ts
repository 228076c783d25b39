import { endServer, listen, LOOPBACK } from '../akash/loopback-server.ts';
import { FaultyIpfs } from './faults.ts';
import { gatewayServer } from './gateway.ts';
import { identityOf, newIdentityKey } from './identity.ts';
import { Repository } from './repository.ts';
import { rpcServer, type RpcLimits } from './rpc-server.ts';

const DEFAULT_LIMITS: IpfsLimits = {
  totalBytes: 1024 * 1024 * 1024,
  uploadsAtOnce: 8,
  idleTimeoutMs: 60_000,
  uploadTimeoutMs: 600_000,
};

export interface IpfsLimits extends RpcLimits {
  /** Of all blocks together. */
  readonly totalBytes: number;
}

export interface IpfsDevnetInit {
  /** Of its blocks and pins, for one process at a time. */
  readonly directory: string;
  /** Wanted ports of 127.0.0.1; another one is taken when somebody has it. 0 is any. */
  readonly ports: { readonly api: number; readonly gateway: number };
  readonly limits?: Partial<IpfsLimits>;
}

/** An IPFS node without peers, running in this process. */
export interface IpfsDevnet {
  /** Where Kubo's RPC is: `http://127.0.0.1:PORT`; its commands are below /api/v0. */
  readonly apiUrl: string;
  /** Where content can be read: `GET /ipfs/CID`. */
  readonly gatewayUrl: string;
  readonly peerId: string;
  readonly faults: FaultyIpfs;
  stop(): Promise<void>;
}

export async function startIpfsDevnet(init: IpfsDevnetInit): Promise<IpfsDevnet> {
  const limits = { ...DEFAULT_LIMITS, ...init.limits };
  const repository = await Repository.open(init.directory, limits.totalBytes);
  const faults = new FaultyIpfs();
  const identity = identityOf(repository.once('identity', newIdentityKey));
  const node = { repository, faults, ...identity };
  const [api, gateway] = [rpcServer(node, limits), gatewayServer(node, limits.idleTimeoutMs)];
  const apiPort = await listen(api, init.ports.api);
  const gatewayPort = await listen(gateway, init.ports.gateway);
  return {
    apiUrl: `http://${LOOPBACK}:${String(apiPort)}`,
    gatewayUrl: `http://${LOOPBACK}:${String(gatewayPort)}`,
    ...{ peerId: identity.peerId, faults },
    stop: async () => {
      await Promise.all([api, gateway].map(endServer));
      await repository.close();
    },
  };
}
