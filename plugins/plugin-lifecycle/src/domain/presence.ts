import { PhiAccrual, type PhiRule } from './phi-accrual.ts';

/** A process as others see it. */
export interface NodeSign {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly machine: string;
  /** Who operates it, and where it is; undefined when it does not say so. */
  readonly operator?: string | undefined;
  readonly region?: string | undefined;
  /** Another text with each heartbeat. */
  readonly beat: string;
}

/** Which process works for an agent, and what it says of it. */
export interface PresenceSign {
  readonly agent: string;
  readonly nodeId: string | undefined;
  readonly generation: number;
  readonly state: string;
  /** JSON. */
  readonly profile: string | undefined;
}

/** An agent that works, or worked until it was lost, in another process. */
export interface RemoteAgent {
  readonly name: string;
  /** JSON: its profile as its process published it. */
  readonly profile: string;
  readonly generation: number;
  /** Whether its process is alive and takes work for it. */
  readonly isThere: boolean;
  /** Undefined when nobody works for it. */
  readonly machine: string | undefined;
}

/** Judges processes by when their heartbeats are seen to have changed. */
export class NodeWatch {
  readonly #rule: PhiRule | undefined;
  readonly #seen = new Map<string, { beat: string; heart: PhiAccrual; isAlive: boolean }>();

  constructor(rule?: PhiRule) {
    this.#rule = rule;
  }

  /**
   * What a look at the heartbeats showed. Between two looks no judgement changes: an observer that
   * stood still has heard nothing of anybody.
   */
  observe(nodes: readonly NodeSign[], nowMs: number): void {
    for (const { id, beat } of nodes) {
      const known = this.#seen.get(id);
      const heart = known?.heart ?? new PhiAccrual(nowMs, this.#rule);
      if (known && known.beat !== beat) heart.beat(nowMs);
      this.#seen.set(id, { beat, heart, isAlive: heart.isAlive(nowMs) });
    }
    const present = new Set(nodes.map(({ id }) => id));
    for (const id of this.#seen.keys()) if (!present.has(id)) this.#seen.delete(id);
  }

  isAlive(id: string): boolean {
    return this.#seen.get(id)?.isAlive ?? false;
  }

  /** How sure the last look made it that a process is dead, as {@link PhiAccrual.phi}; none unknown. */
  phi(id: string, nowMs: number): number | undefined {
    return this.#seen.get(id)?.heart.phi(nowMs);
  }
}

/** What a replica of an agent is claimed as; 0 is the agent itself. */
export function replicaName(agent: string, index: number): string {
  return index === 0 ? agent : `${agent}#${String(index)}`;
}

/** Of which agent a claim is, and as which replica; 0 is the agent's own process. */
export function readClaim(claim: string): { readonly agent: string; readonly index: number } {
  const { agent = claim, index = '0' } = REPLICA.exec(claim)?.groups ?? {};
  return { agent, index: Number(index) };
}

const REPLICA = /^(?<agent>.*\S)#(?<index>[1-9]\d{0,3})$/;

/** How a process stands, from its own measurements. */
export interface NodeUsage {
  /** Of one processor, since the heartbeat before; undefined at the first. */
  readonly cpuPercent: number | undefined;
  readonly memoryMb: number;
  /** How many tasks it works on, by agent; those with none may be left out. */
  readonly running: Readonly<Record<string, number>>;
}

/** The agents that other processes have published, with whether they can be given something. */
export function remoteAgents(
  presences: readonly PresenceSign[],
  nodes: readonly NodeSign[],
  own: { readonly nodeId: string; readonly isAlive: (nodeId: string) => boolean },
): RemoteAgent[] {
  return presences.flatMap(({ agent: name, profile, nodeId, generation, state }) => {
    if (profile === undefined || nodeId === own.nodeId) return [];
    const node = nodes.find(({ id }) => id === nodeId);
    const isWorking = state === 'ready' && node !== undefined && own.isAlive(node.id);
    // A replica comes back when there is work, and is begun again when it dies: what is for it waits.
    const isCalledBack = readClaim(name).index > 0 && state !== 'left';
    const isThere = isWorking || isCalledBack;
    return [{ name, profile, generation, isThere, machine: node?.machine }];
  });
}
