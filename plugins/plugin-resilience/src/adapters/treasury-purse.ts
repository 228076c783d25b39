import { formatUsd, type PicoUsd } from '@371os/kernel';
import type { CapStatus, TreasuryService } from '@371os/plugin-treasury';
import type { Allowance } from '../domain/affordable.ts';
import type { Purse } from '../ports/scaling-meters.ts';

/** The treasury. Instances count under the caps of compute, which are called after Akash. */
export class TreasuryPurse implements Purse {
  readonly #treasury: Pick<TreasuryService, 'agentCost' | 'summary'>;

  constructor(treasury: Pick<TreasuryService, 'agentCost' | 'summary'>) {
    this.#treasury = treasury;
  }

  agentCost(agent: string, sinceMs: number): Promise<PicoUsd> {
    return this.#treasury.agentCost(agent, sinceMs);
  }

  async allowances(agent: string): Promise<Allowance[]> {
    const { caps } = await this.#treasury.summary();
    return caps
      .filter((cap) => cap.category === 'akash' && concerns(cap, agent))
      .map(({ window, limitPico, remainingPico: leftPico }) => ({
        name: `the ${window === 'day' ? 'daily' : `${window}ly`} akash cap of $${formatUsd(limitPico)}`,
        leftPico,
      }));
  }
}

function concerns({ scope, scopeId }: CapStatus, agent: string): boolean {
  return scope === 'organisation' || (scope === 'agent' && scopeId === agent);
}
