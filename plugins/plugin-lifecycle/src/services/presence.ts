import { setTimeout as delay } from 'node:timers/promises';
import type { IdSource } from '@371os/kernel';
import type { AgentProfile, AgentSource, Claims } from '@371os/plugin-router';
import {
  NodeWatch,
  remoteAgents,
  type NodeSign,
  type NodeUsage,
  type RemoteAgent,
} from '../domain/presence.ts';
import { AgentTakenError } from '../errors/presence.ts';
import type { Look, PresenceStore } from '../store/presence-store.ts';

export interface PresenceInit {
  readonly store: PresenceStore;
  /** What this process is called, where it runs, and which other ones are as near as itself. */
  readonly place: Omit<NodeSign, 'id' | 'beat'>;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  readonly newId: IdSource;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsedMs: () => number;
  /** As what an agent is claimed, itself by default. */
  readonly claimOf?: ((agent: string) => string) | undefined;
  /** What this process measures of itself. */
  readonly usage?: (() => NodeUsage) | undefined;
  readonly log: (problem: string, error?: unknown) => void;
}

/** How a process takes its agents. */
export interface ClaimTerms {
  /** Whether it may wait, ready to work, for as long as another process has them. */
  readonly isStandby: boolean;
}

const CLAIM_EVERY_MS = 250;

/**
 * This process among those that share a database: it takes agents, so that nobody else works for them,
 * gives signs of life, and judges the others by theirs. A process that was silent for longer than its
 * lease has lost everything; it stops to work, and comes back as a new one.
 */
export class Presence implements Claims {
  readonly #init: PresenceInit;
  readonly #watch = new NodeWatch();
  readonly #listeners = new Set<() => void>();
  readonly #wanted = new Set<string>();
  readonly #held = new Map<string, number>();
  #nodeId: string;
  #state = 'ready';
  #source: AgentSource | undefined;
  #nodes: Look['nodes'] = [];
  #presences: Look['presences'] = [];
  #others: readonly RemoteAgent[] = [];
  #confirmedAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;
  #announced = '';

  constructor(init: PresenceInit) {
    this.#init = init;
    this.#nodeId = init.newId();
  }

  get nodeId(): string {
    return this.#nodeId;
  }

  /** Where this process runs. */
  get machine(): string {
    return this.#init.place.machine;
  }

  /** Joins the others, and begins to give signs of life. @throws PresenceStoreError */
  async open(): Promise<void> {
    await this.#join();
    await this.#look();
    this.#timer = setInterval(() => {
      this.#tick();
    }, this.#init.heartbeatMs);
  }

  /**
   * Takes agents. One whose holder has died is waited for until its lease is over.
   * @throws AgentTakenError when another process works for one of them, and it may not wait
   */
  async claim(agents: readonly string[], { isStandby }: ClaimTerms): Promise<void> {
    const claims = agents.map((agent) => this.#claimOf(agent));
    for (const claim of claims) this.#wanted.add(claim);
    const first = new Map<string, string>();
    for (;;) {
      await this.#look();
      const missing = claims.filter((claim) => !this.#held.has(claim));
      if (missing.length === 0 || isStandby) return;
      for (const agent of missing) this.#checkSilence(agent, first);
      await delay(CLAIM_EVERY_MS);
    }
  }

  /** Publishes the agents of a source, and takes and gives back those that come and go with it. */
  async follow(source: AgentSource): Promise<void> {
    this.#source = source;
    const list = (): string[] => source.list().map(({ name }) => this.#claimOf(name));
    const started = new Set(list());
    source.onChange?.(() => {
      for (const claim of list()) started.add(claim);
      this.#reconcile(started).catch((error: unknown) => {
        this.#init.log('an agent that came or went was not made known', error);
      });
    });
    await this.#reconcile(started);
  }

  /** Whether this process may work for an agent now. */
  holds(agent: string): boolean {
    return this.#held.has(this.#claimOf(agent)) && !this.#isOver();
  }

  /** Calls back when agents or their processes may have come or gone. Returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether a process is taken to be alive, by the last look at its heartbeats. */
  isAlive(nodeId: string): boolean {
    return nodeId === this.#nodeId ? !this.#isOver() : this.#watch.isAlive(nodeId);
  }

  /** The agents of other processes, lost ones too. */
  remoteAgents(): readonly RemoteAgent[] {
    return this.#others;
  }

  /** Lets others know that it takes no more work. */
  async drain(): Promise<void> {
    this.#state = 'draining';
    await this.#publish();
  }

  /** Gives everything back at once. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating?.catch(() => undefined);
    this.#held.clear();
    this.#announce();
    await this.#init.store.leave(this.#nodeId);
    this.#listeners.clear();
  }

  async #join(): Promise<void> {
    const { store, place, elapsedMs } = this.#init;
    const atMs = elapsedMs();
    await store.join({ id: this.#nodeId, ...place });
    this.#confirmedAtMs = atMs;
  }

  // What stood still for a lease must not go on for even a moment, so this comes before any query.
  #tick(): void {
    if (this.#isOver() && this.#held.size > 0) {
      this.#init.log('this process was silent for too long, so its agents stop');
      this.#held.clear();
      this.#announce();
    }
    this.#look().catch((error: unknown) => {
      this.#init.log('no sign of life could be given', error);
    });
  }

  // One at a time: whoever comes while one is under way waits for it.
  #look(): Promise<void> {
    this.#beating ??= this.#beat().finally(() => (this.#beating = undefined));
    return this.#beating;
  }

  #isOver(): boolean {
    const { elapsedMs, leaseMs } = this.#init;
    return elapsedMs() - this.#confirmedAtMs > leaseMs;
  }

  async #beat(): Promise<void> {
    const { store, elapsedMs } = this.#init;
    const atMs = elapsedMs();
    const look = await store.beat(this.#nodeId, this.#init.usage?.());
    if (!look.isMember) return this.#comeBack();
    this.#confirmedAtMs = atMs;
    this.#take(look);
    await this.#claimMissing();
    if (look.isSweepDue) await this.#sweep();
    this.#announce();
  }

  #take({ held, nodes, presences }: Look): void {
    this.#held.clear();
    for (const { agent, generation } of held) this.#held.set(agent, generation);
    this.#nodes = nodes;
    this.#presences = presences;
    this.#watch.observe(nodes, this.#init.elapsedMs());
    this.#others = remoteAgents(presences, nodes, {
      nodeId: this.#nodeId,
      isAlive: (id) => this.#watch.isAlive(id),
    });
  }

  async #comeBack(): Promise<void> {
    this.#init.log('this process was taken to be dead; it comes back as a new one');
    this.#held.clear();
    this.#announce();
    this.#nodeId = this.#init.newId();
    await this.#join();
    await this.#claimMissing();
  }

  async #claimMissing(): Promise<void> {
    const missing = [...this.#wanted].filter((agent) => !this.#held.has(agent));
    const taken = await this.#init.store.claim(this.#nodeId, missing);
    for (const { agent, generation } of taken) this.#held.set(agent, generation);
    if (taken.length === 0) return;
    await this.#publish();
    this.#announce();
  }

  async #sweep(): Promise<void> {
    const lost = await this.#init.store.sweep();
    if (lost.length > 0) this.#init.log(`nobody works for ${lost.join(', ')} any more`);
  }

  // Somebody who beats is alive and keeps its agents; somebody who does not loses them in time.
  #checkSilence(agent: string, first: Map<string, string>): void {
    const nodeId = this.#presences.find((presence) => presence.agent === agent)?.nodeId;
    const holder = this.#nodes.find(({ id }) => id === nodeId);
    if (!holder) return;
    const key = `${agent} ${holder.id}`;
    const seen = first.get(key) ?? holder.beat;
    first.set(key, seen);
    if (seen === holder.beat) return;
    this.#wanted.clear();
    throw new AgentTakenError({ agent, ...holder });
  }

  async #reconcile(started: ReadonlySet<string>): Promise<void> {
    const here = (this.#source?.list() ?? []).filter(({ isThere }) => isThere);
    const names = new Set(here.map(({ name }) => this.#claimOf(name)));
    for (const name of names) this.#wanted.add(name);
    const gone = [...started].filter((name) => !names.has(name));
    for (const name of gone) this.#wanted.delete(name);
    for (const name of gone) this.#held.delete(name);
    await this.#init.store.release(this.#nodeId, gone);
    await this.#claimMissing();
    await this.#publish();
    this.#announce();
  }

  async #publish(): Promise<void> {
    const told = (this.#source?.list() ?? [])
      .map((profile) => ({ agent: this.#claimOf(profile.name), profile: textOf(profile) }))
      .filter(({ agent }) => this.#held.has(agent));
    if (told.length === 0) return;
    await this.#init.store.publish(this.#nodeId, this.#state, told);
  }

  #claimOf(agent: string): string {
    return this.#init.claimOf?.(agent) ?? agent;
  }

  // A change of profiles, of life or of what this process holds; a heartbeat alone is none.
  #announce(): void {
    const now = JSON.stringify([[...this.#held], this.#others]);
    if (now === this.#announced) return;
    this.#announced = now;
    for (const listener of this.#listeners) listener();
  }
}

function textOf({ statedRatePico, ...profile }: AgentProfile): string {
  return JSON.stringify({ ...profile, statedRatePico: statedRatePico?.toString() });
}
