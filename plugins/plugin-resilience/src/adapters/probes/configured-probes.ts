import type { ModelPlace } from '@371os/plugin-gateway';
import type { Probe } from '../../ports/probe.ts';
import { dnsProbe } from './dns-probe.ts';
import { akashProbe, chainProbe, ipfsProbe, modelProbe } from './http-probes.ts';

/** The addresses that a company is configured with; undefined where there is none. */
export interface Addresses {
  readonly models: readonly ModelPlace[];
  readonly chainUrls?: readonly string[] | undefined;
  readonly ipfsUrls?: readonly string[] | undefined;
  /** What the first of them is told. */
  readonly ipfsAuthorization?: string | undefined;
  readonly akashUrls?: readonly string[] | undefined;
  readonly dnsName?: string | undefined;
}

/**
 * One probe for each thing that is configured. DNS is probed with the name that is set, else with the
 * first host in the internet; where there is none, it is nothing that the company depends on.
 */
export function configuredProbes(addresses: Addresses, newLabel: () => string): Probe[] {
  const { models, chainUrls = [], ipfsUrls = [], ipfsAuthorization, akashUrls = [] } = addresses;
  const found: Probe[] = [
    ...models.filter(({ api }) => api !== 'gguf').map(modelProbeOf),
    ...chainUrls.map((url) => chainProbe({ url })),
    ...ipfsUrls.map((url, at) =>
      ipfsProbe({ url, authorization: at === 0 ? ipfsAuthorization : undefined }),
    ),
    ...akashUrls.map((url) => akashProbe({ url })),
  ];
  const domain = addresses.dnsName ?? found.find(isNamedOutside)?.supplier;
  const all = domain === undefined ? found : [...found, dnsProbe({ domain, newLabel })];
  return [...new Map(all.map((probe) => [probe.name, probe])).values()];
}

function modelProbeOf({ provider, baseUrl, isLocal }: ModelPlace): Probe {
  return modelProbe({ provider, url: baseUrl, ...(isLocal ? { isOutside: false } : {}) });
}

// An address in figures needs no name.
function isNamedOutside({ isOutside, supplier }: Probe): boolean {
  return isOutside && /[a-z]$/i.test(supplier);
}
