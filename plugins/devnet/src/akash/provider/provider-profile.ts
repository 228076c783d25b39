import type { Attribute } from '../chain/provider-registry.ts';

/** What kind of provider one is: what it has, what it takes, and how far it can be relied on. */
export interface ProviderProfile {
  readonly name: string;
  readonly region: string;
  readonly country: string;
  /** Its price, in percent of the common price script's. */
  readonly pricePercent: bigint;
  readonly isAudited: boolean;
  readonly bidDelayMs: number;
  /** Shares of the time that it was reachable, as an indexer would tell them. */
  readonly uptime: { readonly day: number; readonly week: number; readonly month: number };
  readonly capacity: Capacity;
  /** Classes of persistent storage. */
  readonly storageClasses: readonly string[];
  readonly gpuModels: readonly string[];
  /** How long its leases hold before it closes them as unstable; for ever when missing. */
  readonly unstableAfterMs?: number;
}

export interface Capacity {
  readonly cpuMilli: bigint;
  readonly memoryBytes: bigint;
  readonly storageBytes: bigint;
  readonly gpu: bigint;
}

const GIB = 1024n ** 3n;
const LARGE = { cpuMilli: 128_000n, memoryBytes: 512n * GIB, storageBytes: 8192n * GIB, gpu: 0n };
const SMALL = { cpuMilli: 8000n, memoryBytes: 32n * GIB, storageBytes: 500n * GIB, gpu: 0n };

/** The providers of the devnet. The cheapest is nobody's best choice. */
export const PROVIDERS: readonly ProviderProfile[] = [
  {
    ...{ name: 'oregon', region: 'us-west', country: 'US', pricePercent: 100n, isAudited: true },
    ...{ bidDelayMs: 300, uptime: { day: 1, week: 0.9998, month: 0.9991 }, capacity: LARGE },
    ...{ storageClasses: ['beta2', 'beta3'], gpuModels: [] },
  },
  {
    ...{ name: 'virginia', region: 'us-east', country: 'US', pricePercent: 120n, isAudited: true },
    ...{ bidDelayMs: 500, uptime: { day: 1, week: 1, month: 0.9999 } },
    ...{ capacity: { ...LARGE, gpu: 8n }, storageClasses: ['beta3'], gpuModels: ['a100'] },
  },
  {
    ...{ name: 'frankfurt', region: 'eu-central', country: 'DE', pricePercent: 110n },
    ...{ isAudited: true, bidDelayMs: 400, uptime: { day: 1, week: 0.9995, month: 0.9988 } },
    ...{ capacity: LARGE, storageClasses: ['beta2', 'beta3'], gpuModels: [] },
  },
  {
    ...{ name: 'helsinki', region: 'eu-central', country: 'FI', pricePercent: 85n },
    ...{ isAudited: false, bidDelayMs: 800, uptime: { day: 0.998, week: 0.991, month: 0.984 } },
    ...{ capacity: SMALL, storageClasses: ['beta2'], gpuModels: [] },
  },
  {
    ...{ name: 'singapore', region: 'ap-southeast', country: 'SG', pricePercent: 130n },
    ...{ isAudited: true, bidDelayMs: 600, uptime: { day: 1, week: 0.9989, month: 0.9973 } },
    ...{ capacity: LARGE, storageClasses: ['beta3'], gpuModels: [] },
  },
  {
    ...{ name: 'basement', region: 'us-west', country: 'US', pricePercent: 40n, isAudited: false },
    ...{ bidDelayMs: 200, uptime: { day: 0.91, week: 0.87, month: 0.82 }, capacity: SMALL },
    ...{ storageClasses: [], gpuModels: [], unstableAfterMs: 600_000 },
  },
];

/** The attributes that a provider publishes on the chain. */
export function attributesOf(profile: ProviderProfile): Attribute[] {
  const { name, region, country, storageClasses, gpuModels } = profile;
  return [
    { key: 'host', value: 'akash' },
    { key: 'organization', value: `371os-devnet-${name}` },
    { key: 'region', value: region },
    { key: 'country', value: country },
    ...storageClasses.flatMap((storageClass, index) => [
      { key: `capabilities/storage/${String(index + 1)}/class`, value: storageClass },
      { key: `capabilities/storage/${String(index + 1)}/persistent`, value: 'true' },
    ]),
    ...gpuModels.map((model) => ({
      key: `capabilities/gpu/vendor/nvidia/model/${model}`,
      value: 'true',
    })),
  ];
}
