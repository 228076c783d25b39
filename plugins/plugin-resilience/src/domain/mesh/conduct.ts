/** What another node, or a stranger, may be refused for. */
export const OFFENCES = ['stranger', 'garbage', 'huge', 'slow', 'forged'] as const;
export type Offence = (typeof OFFENCES)[number];

export interface ConductRule {
  /** So many offences ... */
  readonly most: number;
  /** ... within so long, and as long after the last of them it is left alone. */
  readonly withinMs: number;
}

export const CONDUCT_RULE: ConductRule = { most: 20, withinMs: 60_000 };

/** How nodes behave. One that offends too often is cut off, until it has been quiet for a while. */
export class Conduct {
  readonly #rule: ConductRule;
  readonly #counts: Record<Offence, number> = {
    ...{ stranger: 0, garbage: 0, huge: 0, slow: 0, forged: 0 },
  };
  readonly #offences = new Map<string, number[]>();

  constructor(rule: ConductRule = CONDUCT_RULE) {
    this.#rule = rule;
  }

  get counts(): Readonly<Record<Offence, number>> {
    return { ...this.#counts };
  }

  /** Somebody without the organisation's key was turned away. */
  turnedAway(): void {
    this.#counts.stranger += 1;
  }

  /** @returns whether the node is cut off now. Moments are milliseconds of one clock. */
  note(peer: string, offence: Offence, nowMs: number): boolean {
    this.#counts[offence] += 1;
    const recent = [...this.#recent(peer, nowMs), nowMs].slice(-this.#rule.most);
    this.#offences.set(peer, recent);
    return this.isCutOff(peer, nowMs);
  }

  isCutOff(peer: string, nowMs: number): boolean {
    return this.#recent(peer, nowMs).length >= this.#rule.most;
  }

  #recent(peer: string, nowMs: number): number[] {
    const noted = this.#offences.get(peer) ?? [];
    return nowMs - (noted.at(-1) ?? 0) < this.#rule.withinMs
      ? noted.filter((atMs) => nowMs - atMs < 2 * this.#rule.withinMs)
      : [];
  }
}
