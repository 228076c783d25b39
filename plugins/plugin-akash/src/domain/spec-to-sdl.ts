import { formatBlockPrice, priceWithin } from './block-price.ts';
import type { DeploymentSpec } from './deployment-spec.ts';
import { serviceNameOf } from './image-name.ts';
import { isPlace } from './regions.ts';
import type { Json } from './sdl/compiled.ts';

/** Where one of the leases may go. */
export interface PlannedPlacement {
  /** The group's name in the SDL. */
  readonly name: string;
  /** Acceptable regions, most wanted first. */
  readonly regions: readonly string[];
}

const PROFILE = 'main';
const VOLUME = 'data';
// Beside a persistent volume a container needs room for itself.
const ROOT_SIZE = '1Gi';
const PERSISTENT_CLASS = 'beta3';

/**
 * One placement for each lease. With as many regions as leases, each lease has a region of its own;
 * with fewer they share them, and only the providers differ.
 */
export function placementsOf({ regions, redundancy }: DeploymentSpec): PlannedPlacement[] {
  return Array.from({ length: redundancy }, (_, index) => ({
    name: redundancy === 1 ? 'akash' : `akash-${String(index + 1)}`,
    regions:
      redundancy > 1 && regions.length >= redundancy
        ? regions.filter((_region, place) => place % redundancy === index)
        : regions,
  }));
}

/** The SDL of a specification, priced so that no month can cost more than its maximum. */
export function specToSdl(spec: DeploymentSpec): { readonly [key: string]: Json } {
  const service = serviceNameOf(spec.image);
  const placements = placementsOf(spec);
  const amount = formatBlockPrice(
    priceWithin(spec.maximumPico / BigInt(spec.replicas * spec.redundancy)),
  );
  const environment = Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`);
  return {
    version: '2.0',
    services: {
      [service]: {
        image: spec.image,
        expose: exposes(spec),
        ...(environment.length > 0 ? { env: environment } : {}),
        ...(spec.isPersistent
          ? { params: { storage: { [VOLUME]: { mount: spec.mountPath } } } }
          : {}),
      },
    },
    profiles: {
      compute: { [PROFILE]: { resources: resources(spec) } },
      placement: Object.fromEntries(
        placements.map(({ name, regions }) => [
          name,
          { ...attributesOf(regions), pricing: { [PROFILE]: { denom: 'uact', amount } } },
        ]),
      ),
    },
    deployment: {
      [service]: Object.fromEntries(
        placements.map(({ name }) => [name, { profile: PROFILE, count: spec.replicas }]),
      ),
    },
  };
}

function exposes({ ports }: DeploymentSpec): Json[] {
  const shared = ports.findIndex(({ proto }) => proto === 'http');
  return ports.map(({ port, proto }, index) => ({
    port,
    as: index === shared ? 80 : port,
    proto: proto === 'udp' ? 'udp' : 'tcp',
    to: [{ global: true }],
  }));
}

function resources({ milliCpu, memoryBytes, storageBytes, isPersistent }: DeploymentSpec): Json {
  const size = String(storageBytes);
  return {
    cpu: { units: `${String(milliCpu)}m` },
    memory: { size: String(memoryBytes) },
    storage: isPersistent
      ? [
          { size: ROOT_SIZE },
          { name: VOLUME, size, attributes: { persistent: true, class: PERSISTENT_CLASS } },
        ]
      : { size },
  };
}

// An SDL can ask for one region and no choice of them, and by the very name that the provider uses:
// what is a choice, or a continent, is decided between the bids.
function attributesOf(regions: readonly string[]): { attributes?: { region: string } } {
  const [region, ...others] = regions;
  return region !== undefined && others.length === 0 && isPlace(region)
    ? { attributes: { region } }
    : {};
}
