import type { IAgentRuntime } from '@elizaos/core';
import { hostname } from 'node:os';
import { agentSettings, systemClock, uuidSource } from '@371os/kernel';
import { AKASH_SERVICE, type AkashService } from '@371os/plugin-akash';
import { GATEWAY_SERVICE, type GatewayService } from '@371os/plugin-gateway';
import { LIFECYCLE_SERVICE, type LifecycleService } from '@371os/plugin-lifecycle';
import { REGISTRY_SERVICE, registryName, type RegistryService } from '@371os/plugin-registry';
import { TREASURY_SERVICE, type TreasuryService } from '@371os/plugin-treasury';
import { ComputeCensus } from '../adapters/compute-census.ts';
import { DatabaseCensus } from '../adapters/database-census.ts';
import { DnsCensus } from '../adapters/dns-census.ts';
import {
  EndpointCensus,
  type Endpoint,
  type Endpoints,
  type Sight,
} from '../adapters/endpoint-census.ts';
import type { HomePlace } from '../adapters/home-place.ts';
import { ModelCensus } from '../adapters/model-census.ts';
import { probeNameOf } from '../adapters/probes/http-probes.ts';
import { processServices } from '../adapters/process-services.ts';
import type { CensusSource } from '../ports/census-source.ts';
import { measuresSettings } from '../settings/measures.ts';
import type { Database } from '../store/database.ts';
import { MeasureStore } from '../store/measure-store.ts';
import { CompanyCensus } from './company-census.ts';
import type { Leadership } from './leadership.ts';
import { Measures, type Knowledge } from './measures.ts';

export interface OpenMeasuresInit {
  readonly database: Database;
  readonly leadership: Leadership;
  /** What this node is called. */
  readonly node: string;
  /** What other parts know. */
  readonly knowledge: Knowledge;
  /** What the probes of the process that leads have seen. */
  readonly sights: () => Promise<readonly Sight[]>;
  /** Where else to look, beside what is looked at for every company. */
  readonly sources?: readonly CensusSource[] | undefined;
}

const DAY_MS = 86_400_000;

/** Puts the measures of this process together. @throws InvalidSettingError */
export function openMeasures(runtime: IAgentRuntime, init: OpenMeasuresInit): Measures {
  const settings = agentSettings(measuresSettings, runtime);
  const { database, leadership, knowledge, node, sights, sources = [] } = init;
  const home = { node, machine: hostname(), region: settings.RESILIENCE_REGION };
  return new Measures({
    ...{ knowledge, leadership, now: systemClock },
    census: new CompanyCensus([...ownSources(runtime, { database, home, sights }), ...sources]),
    book: new MeasureStore(database, uuidSource),
    critical: new Set(settings.RESILIENCE_CRITICAL),
    criticalCapabilities: settings.RESILIENCE_CRITICAL_CAPABILITIES,
    everyMs: settings.RESILIENCE_MEASURE_MS,
    keepMs: settings.RESILIENCE_KEEP_DAYS * DAY_MS,
    onError: (error) => {
      runtime.logger.warn({ src: 'resilience:measures', error }, 'nothing was measured');
    },
    onChange: (changes) => {
      for (const change of changes)
        runtime.logger.warn(
          { src: 'resilience:measures', ...change },
          'a metric changed its level',
        );
    },
  });
}

function ownSources(
  runtime: IAgentRuntime,
  {
    database,
    home,
    sights,
  }: Pick<OpenMeasuresInit, 'database' | 'sights'> & { readonly home: HomePlace },
): CensusSource[] {
  return [
    new ModelCensus({
      home,
      calls: (withinMs) =>
        processServices<TreasuryService>(runtime, TREASURY_SERVICE)[0]?.callShares({
          ...{ category: 'llm', withinMs },
        }),
      gateways: () => processServices<GatewayService>(runtime, GATEWAY_SERVICE),
    }),
    new ComputeCensus({
      home,
      workplaces: () =>
        processServices<LifecycleService>(runtime, LIFECYCLE_SERVICE)[0]?.workplaces(),
      places: () =>
        processServices<LifecycleService>(runtime, LIFECYCLE_SERVICE)[0]
          ?.hostedInstances()
          .then((hosted) => hosted.list()),
      deployments: () =>
        akashWithNetwork(runtime)
          ?.deployments()
          .then((all) => all.list()),
    }),
    new EndpointCensus({ sights, endpoints: () => endpointsOf(runtime) }),
    new DatabaseCensus(database, home),
    new DnsCensus(),
  ];
}

function akashWithNetwork(runtime: IAgentRuntime): AkashService | undefined {
  return processServices<AkashService>(runtime, AKASH_SERVICE).find(
    ({ network }) => network !== undefined,
  );
}

function endpointsOf(runtime: IAgentRuntime): Endpoints {
  const akash = akashWithNetwork(runtime)?.network;
  const [registry] = processServices<RegistryService>(runtime, REGISTRY_SERVICE);
  const akashNodes = akash ? [akash.rpcUrl, ...akash.fallbackUrls] : [];
  const evmNodes = registry ? evmNodesOf(registry) : [];
  const ipfs = registry?.settings.IPFS_API_URL;
  const ipfsNodes = registry && ipfs ? [ipfs, ...registry.settings.IPFS_API_FALLBACKS] : [];
  return {
    'chain RPC': [
      ...akashNodes.map(endpointFor('akash', `Akash ${akash?.chainId ?? ''}`)),
      ...evmNodes,
    ],
    storage: ipfsNodes.map(endpointFor('ipfs', 'IPFS')),
    registry: registry?.hasNetwork ? [registryOn(registry, evmNodes)] : [],
  };
}

function endpointFor(
  what: Parameters<typeof probeNameOf>[0],
  purpose: string,
): (address: string) => Endpoint {
  return (address) => ({ purpose, address, probes: [probeNameOf(what, address)] });
}

function evmNodesOf({ settings }: RegistryService): Endpoint[] {
  const { REGISTRY_RPC_URL, ETHEREUM_RPC_URL, REGISTRY_CHAIN_ID: chainId } = settings;
  const first = REGISTRY_RPC_URL ?? ETHEREUM_RPC_URL;
  if (first === undefined) return [];
  const purpose = chainId === undefined ? 'EVM' : `EVM ${String(chainId)}`;
  return [first, ...settings.REGISTRY_RPC_FALLBACKS].map(endpointFor('chain', purpose));
}

// A contract is there while a node of its chain is.
function registryOn({ network }: RegistryService, nodes: readonly Endpoint[]): Endpoint {
  return {
    purpose: 'identities',
    address: registryName(network.identities.reference),
    probes: nodes.flatMap(({ probes }) => probes),
  };
}
