import type { SDLInput } from '@akashnetwork/chain-sdk';
import {
  compareBytes,
  singleExposes,
  sortVolumes,
  type SingleExpose,
} from '../domain/sdl/go-order.ts';
import { GIBIBYTE, readBytes } from '../domain/quantity.ts';
import type { Sdl, SdlCompute, SdlService, SdlVolume } from '../domain/sdl/schema.ts';

type SdkService = SDLInput['services'][string];
type SdkPlacement = SDLInput['profiles']['placement'][string];
type SdkResources = SDLInput['profiles']['compute'][string]['resources'];

/**
 * An SDL in the form in which chain-sdk 1.0.0-alpha.25 makes of it what the Go tools make: ports and
 * volumes in Go's order, sizes in whole bytes, defaults filled in.
 */
export function sdkInput(sdl: Sdl): SDLInput {
  return {
    version: sdl.version,
    services: mapValues(sdl.services, (service) => sdkService(service, sdl.version)),
    profiles: {
      compute: mapValues(sdl.profiles.compute, ({ resources }) => ({
        resources: sdkResources(resources),
      })),
      placement: mapValues(sdl.profiles.placement, ({ attributes, signedBy, pricing }) => ({
        pricing,
        ...(attributes ? { attributes } : {}),
        ...(signedBy ? { signedBy } : {}),
      })),
    },
    deployment: sdl.deployment,
    ...(sdl.endpoints ? { endpoints: sdl.endpoints } : {}),
  };
}

/**
 * Gives each service a profile of its own. SDL 2.0 counts services apart that share a profile, 2.1
 * adds them up; chain-sdk always adds them up.
 */
export function separateUnits(input: SDLInput): SDLInput {
  const compute: SDLInput['profiles']['compute'] = {};
  const placement = mapValues(input.profiles.placement, (one): SdkPlacement => ({
    ...one,
    pricing: {},
  }));
  const deployment: SDLInput['deployment'] = {};
  for (const [service, placements] of Object.entries(input.deployment))
    for (const [name, { profile, count }] of Object.entries(placements)) {
      const own = `${profile} of ${service}`;
      const resources = input.profiles.compute[profile];
      if (resources) compute[own] = resources;
      const price = input.profiles.placement[name]?.pricing[profile];
      const target = placement[name];
      if (target && price) target.pricing[own] = price;
      deployment[service] = { ...deployment[service], [name]: { profile: own, count } };
    }
  return { ...input, profiles: { compute, placement }, deployment };
}

function sdkService(service: SdlService, version: Sdl['version']): SdkService {
  const { image, command, args, env, params, credentials } = service;
  return {
    image,
    expose: singleExposes(service).map(sdkExpose),
    ...(command ? { command } : {}),
    ...(args ? { args } : {}),
    ...(env ? { env } : {}),
    ...(params ? { params } : {}),
    ...(credentials ? { credentials: sdkCredentials(credentials, version) } : {}),
  };
}

// The Go tools leave the mail address out of an SDL 2.0.
function sdkCredentials(
  { host, email, username, password }: NonNullable<SdlService['credentials']>,
  version: Sdl['version'],
): NonNullable<SdkService['credentials']> {
  const isKept = email !== undefined && version !== '2.0';
  return { host, username, password, ...(isKept ? { email } : {}) };
}

function sdkExpose(expose: SingleExpose): NonNullable<SdkService['expose']>[number] {
  const { port, as, proto, accept, to } = expose;
  const options = Object.entries(expose.http_options ?? {}).filter(
    // Zero and none stand for the default.
    ([, value]) => value !== 0 && !(Array.isArray(value) && value.length === 0),
  );
  return {
    port,
    proto,
    to: [to],
    ...(as === undefined ? {} : { as }),
    ...(accept ? { accept } : {}),
    ...(options.length > 0 ? { http_options: Object.fromEntries(options) } : {}),
  };
}

function sdkResources({ cpu, memory, storage, gpu }: SdlCompute): SdkResources {
  return {
    cpu: {
      units: `${String(cpu.units)}m`,
      ...(cpu.attributes ? { attributes: cpu.attributes } : {}),
    },
    memory: { size: sizeText(memory.size) },
    storage: sortVolumes(storage).map(sdkVolume),
    ...(gpu ? { gpu: sdkGpu(gpu) } : {}),
  };
}

function sdkVolume(volume: SdlVolume): Exclude<SdkResources['storage'], unknown[]> {
  const { size, attributes } = volume;
  const name = ('name' in volume ? volume.name : undefined) ?? 'default';
  if (!attributes) return { name, size: sizeText(size) };
  const { persistent } = attributes;
  const type = attributes.class === undefined ? {} : { class: attributes.class };
  return { name, size: sizeText(size), attributes: { ...type, persistent: String(persistent) } };
}

function sdkGpu({
  units,
  attributes,
}: NonNullable<SdlCompute['gpu']>): NonNullable<SdkResources['gpu']> {
  if (!attributes) return { units };
  const models = attributes.vendor.nvidia?.map((model) => ({
    ...model,
    ...(model.ram === undefined ? {} : { ram: wholeGibibytes(model.ram) }),
  }));
  const key = (model: { model?: string; ram?: string; interface?: string }): string =>
    [
      model.model,
      model.ram && `ram/${model.ram}`,
      model.interface && `interface/${model.interface}`,
    ]
      .filter(Boolean)
      .join('/');
  const sorted = models?.toSorted((left, right) => compareBytes(key(left), key(right))) ?? null;
  return { units, attributes: { vendor: { nvidia: sorted } } };
}

function wholeGibibytes(ram: string): string {
  return `${String(Math.trunc((readBytes(ram) ?? 0) / GIBIBYTE))}Gi`;
}

// chain-sdk wants a unit, and takes the letter B for one byte.
function sizeText(bytes: number): string {
  return `${String(bytes)}B`;
}

function mapValues<Value, Result>(
  record: Readonly<Record<string, Value>>,
  change: (value: Value) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
