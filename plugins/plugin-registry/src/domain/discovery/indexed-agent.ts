import type { PicoUsd } from '@371os/kernel';
import type { Reputation } from '../../domain/reputation/aggregate-feedback.ts';

/** Ways in which an agent's tools can be called, preferred first. */
export const PLATFORMS = ['mcp', 'a2a', 'web'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** JSON as it was published; whoever published it is a stranger. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** One thing that an agent says it can do. */
export interface Tool {
  /** Names the tool in a call. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly inputSchema: JsonObject | undefined;
  readonly outputSchema: JsonObject | undefined;
  /** Price of one call in US dollars; undefined when it has none, or one in another currency. */
  readonly pricePico: PicoUsd | undefined;
  /** The price as it was published, such as `2 AKT`. */
  readonly priceText: string | undefined;
}

export interface Endpoint {
  readonly platform: Platform;
  readonly url: string;
}

/** What an agent's verified registration file says, as far as others look for it. */
export interface Profile {
  /** What the file was verified against; undefined for files that are not on IPFS. */
  readonly cid: string | undefined;
  readonly name: string;
  readonly description: string;
  readonly agentType: string;
  readonly isActive: boolean;
  /** Whether it has promised signs of life. */
  readonly promisesSigns: boolean;
  readonly endpoints: readonly Endpoint[];
  readonly tools: readonly Tool[];
}

/** What the index knows of an agent: its record on chain and its profile. */
export interface IndexedAgent extends Profile {
  /** `eip155:{chainId}:{registry}/{agentId}`. */
  readonly id: string;
  /** The number of its token. */
  readonly agentId: string;
  readonly owner: string;
  /** The account that acts for it; undefined when it has none. */
  readonly wallet: string | undefined;
  /** The block of the newest event that is known of it. */
  readonly blockNumber: number;
  /** Until when its last sign of life counts, in milliseconds since 1970; undefined without one. */
  readonly aliveUntilMs: number | undefined;
  readonly reputation: Reputation;
}

/** Whether an agent says that it works, and has said so lately where it promises signs of life. */
export function isAlive(agent: IndexedAgent, nowMs: number): boolean {
  const { isActive, promisesSigns, aliveUntilMs } = agent;
  return isActive && (!promisesSigns || (aliveUntilMs !== undefined && nowMs < aliveUntilMs));
}

/** The platforms on which an agent can be called, each once, preferred first. */
export function platformsOf({ endpoints }: Pick<IndexedAgent, 'endpoints'>): Platform[] {
  return PLATFORMS.filter((platform) => endpoints.some((one) => one.platform === platform));
}

/** Whether somebody means this agent: by its id, its number, its owner or its name. */
export function isMeant(agent: IndexedAgent, wanted: string): boolean {
  const name = wanted.trim().toLowerCase().replace(/^#/, '');
  return [agent.id, agent.agentId, agent.owner, agent.name].some(
    (own) => own.toLowerCase() === name,
  );
}
