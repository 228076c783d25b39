import type { Resources } from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import { Endpoint_Kind, type GroupSpec } from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import { type Atto, fromUnits } from '../chain/decimal.ts';
import { orderPrice, resourceValue } from '../chain/group-spec.ts';
import type { ProviderProfile } from './provider-profile.ts';

const GIB = 1024n ** 3n;

// Micro-USD a month, as the providers' common price script takes them by default; one uact is one
// micro-USD.
const MONTHLY = {
  cpuThread: 1_600_000n,
  memoryGib: 800_000n,
  storageGib: { '': 20_000n, beta1: 10_000n, beta2: 30_000n, beta3: 40_000n },
  endpoint: 50_000n,
  gpu: 100_000_000n,
} as const;

/** Blocks in a month of 30.437 days at 6.117 seconds, as that script counts them. */
const BLOCKS_PER_MONTH = 429_909n;
// It rounds to six places; up, so that the provider is not the one who loses.
const PLACE = 10n ** 12n;

/**
 * What a provider asks for an order, in uact a block, or nothing when it does not bid: it lacks what
 * is asked for, or gets more elsewhere.
 */
export function priceFor(spec: GroupSpec, profile: ProviderProfile): Atto | undefined {
  const needs = spec.resources.flatMap(({ resource, count }) =>
    resource ? [{ resource, count: BigInt(count) }] : [],
  );
  if (!needs.every(({ resource }) => has(profile, resource))) return undefined;
  if (!fits(needs, profile)) return undefined;
  const monthly = needs.reduce((sum, { resource, count }) => sum + monthlyOf(resource) * count, 0n);
  const rate = (fromUnits(monthly) * profile.pricePercent) / 100n / BLOCKS_PER_MONTH;
  const price = ((rate + PLACE - 1n) / PLACE) * PLACE;
  return price <= orderPrice(spec) ? price : undefined;
}

interface Need {
  readonly resource: Resources;
  readonly count: bigint;
}

function has({ storageClasses, gpuModels }: ProviderProfile, resource: Resources): boolean {
  const wantsStorage = resource.storage.map(storageClassOf).filter((name) => name !== '');
  const wantsGpu = resourceValue(resource.gpu?.units) > 0n;
  const models = (resource.gpu?.attributes ?? []).map(({ key }) => key.split('/')[3] ?? '*');
  return (
    wantsStorage.every((name) => name === 'ram' || storageClasses.includes(name)) &&
    resource.endpoints.every(({ kind }) => kind !== Endpoint_Kind.LEASED_IP) &&
    (!wantsGpu || models.some((model) => model === '*' || gpuModels.includes(model)))
  );
}

function fits(needs: readonly Need[], { capacity }: ProviderProfile): boolean {
  const total = (of: (resource: Resources) => bigint): bigint =>
    needs.reduce((sum, { resource, count }) => sum + of(resource) * count, 0n);
  return (
    total(({ cpu }) => resourceValue(cpu?.units)) <= capacity.cpuMilli &&
    total(({ memory }) => resourceValue(memory?.quantity)) <= capacity.memoryBytes &&
    total(storageBytes) <= capacity.storageBytes &&
    total(({ gpu }) => resourceValue(gpu?.units)) <= capacity.gpu
  );
}

function monthlyOf(resource: Resources): bigint {
  const { cpu, memory, gpu, endpoints, storage } = resource;
  const storagePrice = storage.reduce((sum, volume) => {
    const prices: Readonly<Record<string, bigint>> = MONTHLY.storageGib;
    const price = prices[storageClassOf(volume)] ?? MONTHLY.storageGib.beta3;
    return sum + (resourceValue(volume.quantity) * price) / GIB;
  }, 0n);
  return (
    (resourceValue(cpu?.units) * MONTHLY.cpuThread) / 1000n +
    (resourceValue(memory?.quantity) * MONTHLY.memoryGib) / GIB +
    resourceValue(gpu?.units) * MONTHLY.gpu +
    BigInt(endpoints.length) * MONTHLY.endpoint +
    storagePrice
  );
}

function storageBytes({ storage }: Resources): bigint {
  return storage.reduce((sum, { quantity }) => sum + resourceValue(quantity), 0n);
}

/** '' for storage that is gone with the container. */
function storageClassOf({ attributes }: Resources['storage'][number]): string {
  return attributes.find(({ key }) => key === 'class')?.value ?? '';
}
