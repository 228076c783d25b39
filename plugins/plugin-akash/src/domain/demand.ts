import type { GroupSpec, ResourceUnit } from './sdl/compiled.ts';

/** What a deployment takes in all, over all its replicas and placements. */
export interface Demand {
  readonly milliCpu: number;
  readonly memoryBytes: number;
  /** Bytes by kind of storage. */
  readonly storageBytes: Readonly<Record<StorageKind, number>>;
  /** Ports reachable from outside, the shared HTTP one included. */
  readonly endpoints: number;
  readonly ips: number;
  readonly gpus: number;
}

export type StorageKind = 'ephemeral' | 'beta1' | 'beta2' | 'beta3';

const LEASED_IP = 2;

/** The demand of compiled groups. */
export function demandOf(groups: readonly GroupSpec[]): Demand {
  const units = groups.flatMap(({ resources }) => resources);
  const sum = (of: (unit: ResourceUnit) => number): number =>
    units.reduce((total, unit) => total + of(unit), 0);
  const storage = (kind: StorageKind): number =>
    sum(({ resource, count }) =>
      resource.storage
        .filter((volume) => kindOf(volume.attributes) === kind)
        .reduce((total, { size }) => total + Number(size.val) * count, 0),
    );
  const addresses = new Set(
    units.flatMap(({ resource }) =>
      resource.endpoints.filter(({ kind }) => kind === LEASED_IP).map((one) => one.sequence_number),
    ),
  );
  return {
    milliCpu: sum(({ resource, count }) => Number(resource.cpu.units.val) * count),
    memoryBytes: sum(({ resource, count }) => Number(resource.memory.size.val) * count),
    storageBytes: {
      ephemeral: storage('ephemeral'),
      beta1: storage('beta1'),
      beta2: storage('beta2'),
      beta3: storage('beta3'),
    },
    endpoints: sum(
      ({ resource }) => resource.endpoints.filter(({ kind }) => kind !== LEASED_IP).length,
    ),
    ips: addresses.size,
    gpus: sum(({ resource, count }) => Number(resource.gpu.units.val) * count),
  };
}

// Providers price a class that they do not say as beta2 or dearer; `default` is the middle one.
function kindOf(
  attributes: ResourceUnit['resource']['storage'][number]['attributes'],
): StorageKind {
  const type = attributes?.find(({ key }) => key === 'class')?.value;
  if (type === 'beta1' || type === 'beta2' || type === 'beta3') return type;
  return type === 'default' ? 'beta2' : 'ephemeral';
}

export function storageTotal({ storageBytes }: Demand): number {
  return Object.values(storageBytes).reduce((total, bytes) => total + bytes, 0);
}
