import { every, type Clock } from '@371os/kernel';
import { PHI_RULE, PhiAccrual } from '@371os/plugin-lifecycle';
import type { Libp2p } from 'libp2p';
import { Conduct, type ConductRule, type Offence } from '../../domain/mesh/conduct.ts';
import { clockOffsetMs, hello, type Hello, type PeerAgent } from '../../domain/mesh/hello.ts';
import { MeshListenError, NoMeshError, PeerAwayError } from '../../errors/mesh.ts';
import type { AskOptions, KnownPeer, Mesh, MeshPeer, PeerHandler } from '../../ports/mesh.ts';
import { Dialler } from './dialler.ts';
import { MESH_LIMITS, type MeshLimits } from './frames.ts';
import { nodeIdOf, readNodeKey } from './node-key.ts';
import { connectionsTo, openNode } from './open-node.ts';
import { PROTOCOL, Requests } from './requests.ts';

export interface Libp2pMeshInit {
  readonly name: string;
  readonly version: string;
  /** As {@link newNodeKey} makes it. */
  readonly nodeKey: string;
  readonly meshKey: string;
  readonly listen: string;
  /** Where others listen. */
  readonly peers: readonly string[];
  readonly mdns: boolean;
  /** Nodes that were heard of before. */
  readonly known: readonly KnownPeer[];
  /** The agents of this node, as the others may know of them. */
  readonly agents: () => Promise<readonly PeerAgent[]>;
  readonly clock: Clock;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsedMs: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
  readonly limits?: MeshLimits | undefined;
  readonly conduct?: ConductRule | undefined;
  /** How often nodes say hello, in milliseconds; how long one may be silent follows from its rhythm. */
  readonly helloMs?: number | undefined;
}

type Peer = { -readonly [Field in keyof MeshPeer]: MeshPeer[Field] };

const HELLO_MS = 2_000;
// A beat is a hello of either side, so they come twice as often; a busy process may be late.
const LEAST_PAUSE_MS = 1_000;
const MOST_PEERS = 256;
const ON_LOOPBACK = /^\/(ip4\/127\.|ip6\/::1\/)/;

/** The mesh over libp2p. */
export class Libp2pMesh implements Mesh {
  readonly id: string;
  readonly #init: Libp2pMeshInit;
  readonly #conduct: Conduct;
  readonly #requests: Requests;
  readonly #peers = new Map<string, Peer>();
  /** How many hellos in a row somebody connected did not answer. */
  readonly #hearts = new Map<string, PhiAccrual>();
  readonly #handlers = new Map<string, PeerHandler>();
  readonly #listeners = new Set<() => void>();
  readonly #helloMs: number;
  #node: Libp2p | undefined;
  #dialler: Dialler | undefined;
  #endHellos: (() => void) | undefined;

  constructor(init: Libp2pMeshInit) {
    this.#init = init;
    this.id = nodeIdOf(init.nodeKey);
    this.#helloMs = init.helloMs ?? HELLO_MS;
    this.#conduct = new Conduct(init.conduct);
    this.#requests = new Requests({
      limits: init.limits ?? MESH_LIMITS,
      handlerFor: (kind) => this.#handlers.get(kind),
      onOffence: (peer, offence) => {
        this.blame(peer, offence);
      },
      onError: init.onError,
    });
    this.#handlers.set('hello', (body, from) => this.#hear(hello.parse(body), from));
    for (const known of init.known) this.#peers.set(known.id, peerFrom(known));
  }

  get name(): string {
    return this.#init.name;
  }

  get addresses(): readonly string[] {
    return this.#node?.getMultiaddrs().map(String) ?? [];
  }

  get refusals(): Readonly<Record<Offence, number>> {
    return this.#conduct.counts;
  }

  async start(): Promise<void> {
    if (this.#node) return;
    const node = await this.#open();
    this.#node = node;
    this.#listen(node);
    try {
      await node.start();
    } catch (cause) {
      this.#node = undefined;
      await node.stop();
      throw new MeshListenError({ address: this.#init.listen, cause });
    }
    this.#dial(node);
    this.#endHellos = every(this.#helloMs, () => this.#greetAll(), this.#init.onError);
  }

  #listen(node: Libp2p): void {
    node.addEventListener('connection:open', ({ detail }) => {
      this.#greet(detail.remotePeer.toString());
    });
    node.addEventListener('connection:close', ({ detail }) => {
      this.#lose(detail.remotePeer.toString());
    });
  }

  #dial(node: Libp2p): void {
    const dialler = this.#newDialler(node);
    this.#dialler = dialler;
    node.addEventListener('peer:discovery', ({ detail: { id, multiaddrs } }) => {
      dialler.wantPeer(id.toString(), multiaddrs.map(String));
    });
    for (const address of this.#init.peers) dialler.wantAddress(address);
    for (const { id, addresses } of this.#init.known) dialler.wantPeer(id, addresses);
    dialler.start();
  }

  async stop(): Promise<void> {
    this.#endHellos?.();
    this.#dialler?.stop();
    const node = this.#node;
    this.#node = undefined;
    await node?.stop();
    for (const peer of this.#peers.values()) peer.isReachable = false;
    this.#announce();
  }

  peers(): readonly MeshPeer[] {
    return [...this.#peers.values()].map((peer) => ({ ...peer }));
  }

  isReachable(peer: string): boolean {
    return this.#peers.get(peer)?.isReachable ?? false;
  }

  async ask(peer: string, kind: string, body: unknown, options: AskOptions): Promise<unknown> {
    options.signal?.throwIfAborted();
    const connection = connectionsTo(this.#ready(), peer).at(-1);
    if (!connection) {
      this.#dialler?.hurry(peer);
      throw new PeerAwayError({ peer: this.#nameOf(peer), why: 'there is no connection' });
    }
    return this.#requests.ask(connection, { kind, body }, options);
  }

  serve(kind: string, handler: PeerHandler): () => void {
    this.#handlers.set(kind, handler);
    return () => {
      if (this.#handlers.get(kind) === handler) this.#handlers.delete(kind);
    };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  blame(peer: string, offence: Offence): void {
    if (!this.#conduct.note(peer, offence, this.#init.elapsedMs()) || !this.#node) return;
    for (const connection of connectionsTo(this.#node, peer))
      connection.abort(new PeerAwayError({ peer, why: `it was cut off (${offence})` }));
  }

  async #open(): Promise<Libp2p> {
    const { nodeKey, onError, limits = MESH_LIMITS } = this.#init;
    const node = await openNode({
      ...this.#init,
      privateKey: readNodeKey(nodeKey),
      isCutOff: (peer) => this.#isCutOff(peer),
      onTurnedAway: () => {
        this.#conduct.turnedAway();
      },
    });
    await node.handle(
      PROTOCOL,
      (stream, connection) => {
        this.#requests.answer(stream, connection).catch(onError);
      },
      { maxInboundStreams: limits.streams, maxOutboundStreams: 2 * limits.streams },
    );
    return node;
  }

  #newDialler(node: Libp2p): Dialler {
    const { elapsedMs, random, onError } = this.#init;
    const isCutOff = (peer: string): boolean => this.#isCutOff(peer);
    return new Dialler({ node, elapsedMs, random, onError, isCutOff });
  }

  #isCutOff(peer: string): boolean {
    return this.#conduct.isCutOff(peer, this.#init.elapsedMs());
  }

  #ready(): Libp2p {
    if (!this.#node) throw new NoMeshError();
    return this.#node;
  }

  async #greetAll(): Promise<void> {
    const connected = new Set(this.#node?.getConnections().map((one) => one.remotePeer.toString()));
    await Promise.all([...connected].map((peer) => this.#sayHello(peer)));
  }

  #greet(peer: string): void {
    this.#sayHello(peer).catch(this.#init.onError);
  }

  // A line that is silent may be dead without TCP having noticed: it is closed, and dialled anew.
  async #sayHello(peer: string): Promise<void> {
    const { clock, elapsedMs } = this.#init;
    const [sentMs, beganMs] = [clock(), elapsedMs()];
    const heart = this.#heartOf(peer);
    try {
      const told = await this.ask(peer, 'hello', await this.#ownHello(), {
        timeoutMs: Math.max(500, this.#helloMs),
      });
      const theirs = hello.parse(told);
      const roundTripMs = elapsedMs() - beganMs;
      const heardMs = sentMs + roundTripMs;
      this.#note(peer, theirs, {
        roundTripMs: Math.round(roundTripMs),
        clockOffsetMs: clockOffsetMs({ sentMs, heardMs, theirMs: theirs.atMs }),
      });
    } catch {
      if (!heart.isAlive(elapsedMs())) this.#hangUp(peer);
    }
  }

  async #hear(theirs: Hello, from: string): Promise<Hello> {
    this.#note(from, theirs, {});
    return this.#ownHello();
  }

  async #ownHello(): Promise<Hello> {
    const { name, version, agents, clock } = this.#init;
    const addresses = this.addresses.filter((address) => address.length <= 300).slice(0, 32);
    return { name, version, addresses, agents: [...(await agents())], atMs: clock() };
  }

  #note(
    id: string,
    { name, version, addresses, agents }: Hello,
    measured: Partial<Pick<MeshPeer, 'roundTripMs' | 'clockOffsetMs'>>,
  ): void {
    if (!this.#node || connectionsTo(this.#node, id).length === 0) return;
    const before = this.#peers.get(id);
    if (!before && this.#peers.size >= MOST_PEERS) return;
    const now = { id, name, version, addresses: this.#worthKnowing(id, addresses), agents };
    const unknown = { roundTripMs: undefined, clockOffsetMs: undefined };
    const heard = { isReachable: true, seenAtMs: this.#init.clock() };
    const peer = { ...unknown, ...before, ...measured, ...now, ...heard };
    this.#peers.set(id, peer);
    this.#heartOf(id).beat(this.#init.elapsedMs());
    this.#dialler?.wantPeer(id, peer.addresses);
    if (!before?.isReachable || differs(before, peer)) this.#announce();
  }

  // Another machine's own loopback leads to ourselves; where it was reached, it can be reached again.
  #worthKnowing(peer: string, told: readonly string[]): string[] {
    const used = connectionsTo(this.#ready(), peer)
      .filter(({ direction }) => direction === 'outbound')
      .map(({ remoteAddr }) => remoteAddr.toString());
    const lines = connectionsTo(this.#ready(), peer).map(({ remoteAddr }) => remoteAddr.toString());
    const isNear = lines.some((line) => ON_LOOPBACK.test(line));
    const listened = told.filter((address) => isNear || !ON_LOOPBACK.test(address));
    return [...new Set([...used, ...listened])].slice(0, 16);
  }

  #heartOf(id: string): PhiAccrual {
    const known = this.#hearts.get(id);
    if (known) return known;
    const heart = new PhiAccrual(this.#init.elapsedMs(), {
      ...PHI_RULE,
      firstIntervalMs: this.#helloMs,
      acceptablePauseMs: Math.max(LEAST_PAUSE_MS, this.#helloMs),
    });
    this.#hearts.set(id, heart);
    return heart;
  }

  #hangUp(id: string): void {
    if (!this.#node) return;
    for (const connection of connectionsTo(this.#node, id))
      connection.abort(new PeerAwayError({ peer: this.#nameOf(id), why: 'it says nothing' }));
  }

  #lose(id: string): void {
    if (this.#node && connectionsTo(this.#node, id).length > 0) return;
    // What was silent while there was no line says nothing of the next one.
    this.#hearts.delete(id);
    const peer = this.#peers.get(id);
    if (!peer?.isReachable) return;
    peer.isReachable = false;
    this.#dialler?.hurry(id);
    this.#announce();
  }

  #nameOf(id: string): string {
    return this.#peers.get(id)?.name ?? id;
  }

  #announce(): void {
    for (const listener of this.#listeners) listener();
  }
}

function peerFrom(known: KnownPeer): Peer {
  const unknown = { clockOffsetMs: undefined, roundTripMs: undefined };
  return { ...known, ...unknown, isReachable: false };
}

function differs(before: MeshPeer, after: MeshPeer): boolean {
  const shown = ({ name, version, addresses, agents }: MeshPeer): string =>
    JSON.stringify([name, version, addresses, agents]);
  return shown(before) !== shown(after);
}
