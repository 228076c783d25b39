import { createHmac } from 'node:crypto';
import type { Connection, MultiaddrConnection, PrivateKey } from '@libp2p/interface';
import { mdns } from '@libp2p/mdns';
import { noise } from '@libp2p/noise';
import { preSharedKey } from '@libp2p/pnet';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p, type Libp2p } from 'libp2p';

export interface OpenNodeInit {
  readonly privateKey: PrivateKey;
  /** The secret of the organisation. */
  readonly meshKey: string;
  readonly listen: string;
  readonly mdns: boolean;
  readonly isCutOff: (peer: string) => boolean;
  /** Told of each connection that never became one. */
  readonly onTurnedAway: () => void;
}

type Tcp = ReturnType<ReturnType<typeof tcp>>;
type ListenerOptions = Parameters<Tcp['createListener']>[0];

const UPGRADE_MS = 5_000;
const DIAL_MS = 5_000;
const CLOSE_MS = 250;
const MDNS_MS = 5_000;

/**
 * A node of libp2p over TCP, encrypted by the organisation's key below Noise. It has no other
 * service: who is there and where they listen is told in our own protocol. It has yet to be started.
 */
export function openNode(init: OpenNodeInit): Promise<Libp2p> {
  const secret = derive(init.meshKey, 'pre-shared key');
  return createLibp2p({
    start: false,
    privateKey: init.privateKey,
    addresses: { listen: [init.listen] },
    transports: [countingTcp(init.onTurnedAway)],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionProtector: preSharedKey({
      psk: new TextEncoder().encode(`/key/swarm/psk/1.0.0/\n/base16/\n${secret}`),
    }),
    peerDiscovery: init.mdns ? [mdns({ interval: MDNS_MS, serviceTag: tagOf(init.meshKey) })] : [],
    connectionGater: {
      denyDialMultiaddr: () => false,
      denyInboundEncryptedConnection: (peer) => init.isCutOff(peer.toString()),
    },
    connectionManager: {
      dialTimeout: DIAL_MS,
      inboundUpgradeTimeout: UPGRADE_MS,
      inboundConnectionThreshold: 20,
      maxIncomingPendingConnections: 64,
      reconnectRetries: 0,
      connectionCloseTimeout: CLOSE_MS,
    },
  });
}

// libp2p tells nobody but its log of a connection that could not be made.
function countingTcp(onTurnedAway: () => void): ReturnType<typeof tcp> {
  return (components) => {
    const transport = tcp()(components);
    const createListener = transport.createListener.bind(transport);
    transport.createListener = (options: ListenerOptions) => {
      const { upgrader } = options;
      const upgradeInbound = async (
        connection: MultiaddrConnection,
        more: Parameters<typeof upgrader.upgradeInbound>[1],
      ): Promise<void> => {
        try {
          await upgrader.upgradeInbound(connection, more);
        } catch (error) {
          if (!more.signal.aborted) onTurnedAway();
          throw error;
        }
      };
      return createListener({
        ...options,
        upgrader: Object.assign(Object.create(upgrader) as typeof upgrader, { upgradeInbound }),
      });
    };
    return transport;
  };
}

function derive(meshKey: string, purpose: string): string {
  return createHmac('sha256', meshKey).update(`371os mesh, ${purpose}`).digest('hex');
}

// Organisations in one network do not see each other.
function tagOf(meshKey: string): string {
  return `_371os-${derive(meshKey, 'service tag').slice(0, 8)}._udp.local`;
}

/** The connections to a node, the oldest first. */
export function connectionsTo(node: Libp2p, peer: string): Connection[] {
  return node
    .getConnections()
    .filter(({ remotePeer, status }) => status === 'open' && remotePeer.toString() === peer);
}
