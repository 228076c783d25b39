import { monthlyCost, PROVIDER_BLOCK_MS } from '../domain/block-price.ts';
import { rateOf } from '../domain/deployment.ts';
import type { DeploymentReport } from '../domain/deployment-report.ts';
import type { AkashChain } from '../ports/akash-chain.ts';
import type { DeploymentAccount } from './deployment-account.ts';
import type { Deployments } from './deployments.ts';
import type { Planner } from './planner.ts';

export interface DeploymentReportsComponents {
  readonly deployments: Deployments;
  readonly chain: AkashChain;
  readonly account: Pick<DeploymentAccount, 'costOf'>;
  readonly planner: Planner;
}

/** Says how deployments are, from our database, the chain and list prices. */
export class DeploymentReports {
  readonly #components: DeploymentReportsComponents;

  constructor(components: DeploymentReportsComponents) {
    this.#components = components;
  }

  /** @throws UnknownDeploymentError, ChainUnreachableError */
  async of(id: string): Promise<DeploymentReport> {
    const { deployments, chain, account, planner } = this.#components;
    const { deployment, onChain, runway, lost } = await deployments.status(id);
    const { plan, placements } = deployment;
    const monthlyPico = monthlyCost(rateOf(placements), PROVIDER_BLOCK_MS);
    const compared = plan && planner.compareAgreed(plan, monthlyPico);
    const copies = compared?.groups.flatMap(({ resources }) => resources.map(({ count }) => count));
    return {
      ...{ deployment, runway, lost, monthlyPico, owner: chain.owner },
      comparison: compared?.comparison,
      isOpen: onChain?.isActive ?? false,
      costPico: await account.costOf(deployment),
      copies: copies?.reduce((sum, count) => sum + count, 0),
      hostUris: await this.#hostUris(placements.map(({ provider }) => provider)),
    };
  }

  /** Newest first: those that are open, or all. */
  async all({ isOpenOnly }: { isOpenOnly: boolean }): Promise<DeploymentReport[]> {
    const found = await this.#components.deployments.list();
    const wanted = isOpenOnly
      ? found.filter(({ state }) => state !== 'CLOSED' && state !== 'FAILED')
      : found;
    return Promise.all(wanted.slice(0, MOST_REPORTS).map(({ id }) => this.of(id)));
  }

  async #hostUris(providers: readonly string[]): Promise<Map<string, string>> {
    const { chain } = this.#components;
    const known = await Promise.all([...new Set(providers)].map((owner) => chain.provider(owner)));
    return new Map(known.flatMap((one) => (one ? [[one.owner, one.hostUri]] : [])));
  }
}

const MOST_REPORTS = 50;
