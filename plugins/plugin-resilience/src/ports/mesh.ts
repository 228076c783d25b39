import type { Offence } from '../domain/mesh/conduct.ts';
import type { PeerAgent } from '../domain/mesh/hello.ts';

/** Another node of the organisation. Moments are milliseconds since 1970. */
export interface MeshPeer {
  /** Made from its key: nobody else can have it. */
  readonly id: string;
  /** As it calls itself; two may have the same. */
  readonly name: string;
  readonly version: string;
  /** Where it was reached, or says that it listens. */
  readonly addresses: readonly string[];
  readonly isReachable: boolean;
  /** How far its clock is ahead of this one's, in milliseconds; known to half a round trip. */
  readonly clockOffsetMs: number | undefined;
  readonly roundTripMs: number | undefined;
  readonly agents: readonly PeerAgent[];
  /** When it was last heard of. */
  readonly seenAtMs: number;
}

/** What is remembered of a node across restarts. */
export type KnownPeer = Omit<MeshPeer, 'isReachable' | 'clockOffsetMs' | 'roundTripMs'>;

/** The other nodes, as every process of this node sees them, in the mesh or not. */
export interface PeerView {
  /** Nodes that were ever met. */
  peers(): readonly (KnownPeer & Pick<MeshPeer, 'isReachable'>)[];
  isReachable(peer: string): boolean;
  /** Calls back when nodes or their agents have come, changed or gone. Returns what ends that. */
  onChange(listener: () => void): () => void;
}

export interface AskOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Answers a request of another node; `from` is its id, which was proved. What it throws is told to
 * the one who asked, as far as it is for people.
 */
export type PeerHandler = (body: unknown, from: string) => Promise<unknown>;

/** The nodes of one organisation, as this one sees them. */
export interface Mesh {
  /** Of this node. */
  readonly id: string;
  readonly name: string;
  /** Where it listens. */
  readonly addresses: readonly string[];
  /** @throws MeshListenError */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** All that were heard of, whether they can be reached or not. */
  peers(): readonly MeshPeer[];
  isReachable(peer: string): boolean;
  /**
   * Has a node answer a request of some kind; both are JSON, 2 MB at most.
   * @throws PeerAwayError, PeerRefusesError, PeerNonsenseError, MessageTooBigError, or what the signal
   *   was aborted with
   */
  ask(peer: string, kind: string, body: unknown, options: AskOptions): Promise<unknown>;
  /** Answers requests of a kind, until the returned function is called. */
  serve(kind: string, handler: PeerHandler): () => void;
  /** Calls back when a node has come, changed or gone. Returns what ends that. */
  onChange(listener: () => void): () => void;
  /** Notes that a node did what it must not; one that goes on is cut off for a while. */
  blame(peer: string, offence: Offence): void;
  /** How often what was refused, since the start. */
  readonly refusals: Readonly<Record<Offence, number>>;
}
