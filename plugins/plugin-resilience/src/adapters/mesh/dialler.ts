import { every, withinTime } from '@371os/kernel';
import { multiaddr } from '@multiformats/multiaddr';
import type { Libp2p } from 'libp2p';
import { redialAfterMs } from '../../domain/mesh/backoff.ts';
import { PeerAwayError } from '../../errors/mesh.ts';
import { connectionsTo } from './open-node.ts';

interface Target {
  /** Any of these may reach it. */
  addresses: readonly string[];
  /** Whom it reached; an address of the settings need not say. */
  peer: string | undefined;
  failures: number;
  dueAtMs: number;
}

export interface DiallerInit {
  readonly node: Libp2p;
  readonly isCutOff: (peer: string) => boolean;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsedMs: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
}

const LOOK_MS = 250;
const DIAL_MS = 6_000;
const MOST_TARGETS = 256;

/** Sees to it that this node is connected to all that it knows, whoever was connected before. */
export class Dialler {
  readonly #init: DiallerInit;
  readonly #targets = new Map<string, Target>();
  #end: (() => void) | undefined;

  constructor(init: DiallerInit) {
    this.#init = init;
  }

  start(): void {
    this.#end = every(LOOK_MS, () => this.#dialDue(), this.#init.onError);
  }

  stop(): void {
    this.#end?.();
  }

  /** Keeps an address of the settings connected, whoever is there. */
  wantAddress(address: string): void {
    this.#want(address, { addresses: [address], peer: undefined });
  }

  /** Keeps a node connected at one of its addresses. */
  wantPeer(peer: string, addresses: readonly string[]): void {
    if (peer === this.#init.node.peerId.toString() || addresses.length === 0) return;
    const exact = addresses.map((address) => withPeer(address, peer));
    this.#want(peer, { addresses: exact, peer });
  }

  /** Has it dialled at once when it is not connected. */
  hurry(peer: string): void {
    for (const target of this.#targets.values())
      if (target.peer === peer) Object.assign(target, { dueAtMs: 0, failures: 0 });
  }

  #want(key: string, wanted: Pick<Target, 'addresses' | 'peer'>): void {
    const known = this.#targets.get(key);
    if (known) known.addresses = wanted.addresses;
    else if (this.#targets.size < MOST_TARGETS)
      this.#targets.set(key, { ...wanted, failures: 0, dueAtMs: 0 });
  }

  async #dialDue(): Promise<void> {
    const nowMs = this.#init.elapsedMs();
    const due = [...this.#targets.values()].filter(
      (target) => target.dueAtMs <= nowMs && !this.#isConnected(target),
    );
    await Promise.all(due.map((target) => this.#dial(target)));
  }

  #isConnected({ peer }: Target): boolean {
    const { node, isCutOff } = this.#init;
    return peer !== undefined && (connectionsTo(node, peer).length > 0 || isCutOff(peer));
  }

  // One that cannot be reached is nothing to report: nodes come and go.
  async #dial(target: Target): Promise<void> {
    const { node, elapsedMs, random } = this.#init;
    for (const address of target.addresses) {
      try {
        const signal = AbortSignal.timeout(DIAL_MS);
        const dialled = node.dial(multiaddr(address), { signal });
        const late = (): Error => new PeerAwayError({ peer: address, why: 'it does not answer' });
        const { remotePeer } = await withinTime(dialled, 2 * DIAL_MS, late);
        Object.assign(target, { peer: remotePeer.toString(), failures: 0, dueAtMs: 0 });
        return;
      } catch {
        continue;
      }
    }
    target.failures += 1;
    target.dueAtMs = elapsedMs() + redialAfterMs(target.failures, random());
  }
}

function withPeer(address: string, peer: string): string {
  return address.includes('/p2p/') ? address : `${address}/p2p/${peer}`;
}
