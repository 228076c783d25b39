import type { CensusPart, ClassCensus, Pool } from '../domain/census.ts';
import type { Dependency } from '../domain/dependency.ts';
import type { DependencyClass } from '../domain/dependency-class.ts';
import type { CensusSource } from '../ports/census-source.ts';

/** Something that is reached under an address, for one purpose. */
export interface Endpoint {
  /** What it serves, such as one chain: another purpose's endpoint cannot stand in for it. */
  readonly purpose: string;
  /** An address, or a name of its own. */
  readonly address: string;
  /** The names of the probes that see it: it serves while one of them says so. */
  readonly probes: readonly string[];
}

/** The endpoints that are configured, by class; none of a class that nothing is configured for. */
export type Endpoints = Readonly<Partial<Record<EndpointClass, readonly Endpoint[]>>>;

/** What was seen of a probe last. */
export type Sight = Pick<Dependency, 'name' | 'state'> & Partial<Pick<Dependency, 'isEjected'>>;

export interface EndpointCensusInit {
  readonly endpoints: () => Endpoints;
  /** What the process that leads has seen; nothing while none does. */
  readonly sights: () => Promise<readonly Sight[]>;
}

const ABSENT = {
  'chain RPC': 'No chain is configured: set REGISTRY_RPC_URL, or AKASH_NETWORK and a key.',
  storage: 'No storage beside the database is configured: set IPFS_API_URL.',
  registry: 'No identity registry is configured: set REGISTRY_CHAIN_ID and what goes with it.',
} as const satisfies Partial<Record<DependencyClass, string>>;

type EndpointClass = keyof typeof ABSENT;
type Seen = 'serves' | 'fails' | 'unknown';

const CLASSES = Object.keys(ABSENT) as EndpointClass[];

/**
 * What is reached at configured addresses: nodes of chains, IPFS servers, registries. One counts while
 * its probe says that it serves.
 */
export class EndpointCensus implements CensusSource {
  readonly name = 'the probes of the configured endpoints';
  readonly covers = CLASSES;
  readonly #init: EndpointCensusInit;

  constructor(init: EndpointCensusInit) {
    this.#init = init;
  }

  async take(): Promise<CensusPart> {
    const endpoints = this.#init.endpoints();
    const sights = new Map((await this.#init.sights()).map((sight) => [sight.name, sight]));
    return {
      classes: CLASSES.map((dependency) =>
        classOf(dependency, endpoints[dependency] ?? [], sights),
      ),
      capabilities: [],
    };
  }
}

function classOf(
  dependency: EndpointClass,
  endpoints: readonly Endpoint[],
  sights: ReadonlyMap<string, Sight>,
): ClassCensus {
  const seen = endpoints.map((endpoint) => ({ ...endpoint, seen: seenOf(endpoint, sights) }));
  const hosts = (wanted: Seen): string[] =>
    namesOf(seen.filter((endpoint) => endpoint.seen === wanted));
  const byPurpose = Map.groupBy(seen, ({ purpose }) => purpose);
  const pools = [...byPurpose].map(([name, some]): Pool => {
    const serving = namesOf(some.filter((one) => one.seen === 'serves'));
    return {
      ...{ name, suppliers: serving.map((host) => ({ name: host, weight: 1 })) },
      isDown: some.every((one) => one.seen === 'fails'),
    };
  });
  const failing = hosts('fails').map((host) => `; ${host} does not answer`);
  const unknown = hosts('unknown').map((host) => `; ${host} was not probed yet`);
  return {
    dependency,
    source: ['endpoints that answer their probes', ...failing, ...unknown].join(''),
    pools,
    absent: endpoints.length === 0 ? ABSENT[dependency] : 'It was not probed yet.',
  };
}

function seenOf({ probes }: Endpoint, sights: ReadonlyMap<string, Sight>): Seen {
  const known = probes.flatMap((name) => sights.get(name) ?? []);
  if (known.length === 0) return 'unknown';
  return known.some(({ state, isEjected = false }) => state === 'up' && !isEjected)
    ? 'serves'
    : 'fails';
}

// Two ports of one host fail together.
function namesOf(endpoints: readonly Endpoint[]): string[] {
  return [...new Set(endpoints.map(({ address }) => hostOf(address)))];
}

function hostOf(address: string): string {
  return URL.parse(address)?.hostname || address;
}
