import type { CensusPart, ClassCensus, Pool } from '../domain/census.ts';
import type { DependencyClass } from '../domain/dependency-class.ts';
import type { CensusSource } from '../ports/census-source.ts';

/** Something that is reached under an address, for one purpose. */
export interface Endpoint {
  /** What it serves, such as one chain: another purpose's endpoint cannot stand in for it. */
  readonly purpose: string;
  /** An address, or a name of its own. */
  readonly address: string;
}

/** The endpoints that are configured, by class; none of a class that nothing is configured for. */
export type Endpoints = Readonly<Partial<Record<EndpointClass, readonly Endpoint[]>>>;

const ABSENT = {
  'chain RPC': 'No chain is configured: set REGISTRY_RPC_URL, or AKASH_NETWORK and a key.',
  storage: 'No storage beside the database is configured: set IPFS_API_URL.',
  registry: 'No identity registry is configured: set REGISTRY_CHAIN_ID and what goes with it.',
} as const satisfies Partial<Record<DependencyClass, string>>;

type EndpointClass = keyof typeof ABSENT;

const CLASSES = Object.keys(ABSENT) as EndpointClass[];

/** What is reached at configured addresses: nodes of chains, IPFS servers, registries. */
export class EndpointCensus implements CensusSource {
  readonly name = 'the configured endpoints';
  readonly covers = CLASSES;
  readonly #endpoints: () => Endpoints;

  constructor(endpoints: () => Endpoints) {
    this.#endpoints = endpoints;
  }

  async take(): Promise<CensusPart> {
    const endpoints = this.#endpoints();
    return {
      classes: CLASSES.map((dependency) => classOf(dependency, endpoints[dependency] ?? [])),
      capabilities: [],
    };
  }
}

function classOf(dependency: EndpointClass, endpoints: readonly Endpoint[]): ClassCensus {
  const byPurpose = Map.groupBy(endpoints, ({ purpose }) => purpose);
  const pools = [...byPurpose].map(([name, some]): Pool => {
    // Two ports of one host fail together.
    const hosts = new Set(some.map(({ address }) => hostOf(address)));
    return { name, suppliers: [...hosts].map((host) => ({ name: host, weight: 1 })) };
  });
  return { dependency, source: 'configured endpoints', pools, absent: ABSENT[dependency] };
}

function hostOf(address: string): string {
  return URL.parse(address)?.hostname || address;
}
