import { createHash } from 'node:crypto';
import {
  generateManifest,
  manifestToSortedJSON,
  validateSDL,
  type SDLInput,
  type ValidationError,
} from '@akashnetwork/chain-sdk';
import {
  goJson,
  type CompiledSdl,
  type GroupSpec,
  type Json,
  type ResourceUnit,
} from '../domain/sdl/compiled.ts';
import { compareBytes } from '../domain/sdl/go-order.ts';
import { readSdl } from '../domain/sdl/read-sdl.ts';
import { pathOfPointer } from '../domain/sdl/sdl-path.ts';
import type { Sdl } from '../domain/sdl/schema.ts';
import { InvalidSdlError } from '../errors.ts';
import type { SdlCompiler } from '../ports/planning.ts';
import { sdkInput, separateUnits } from './sdk-input.ts';
import { parseSdlYaml } from './sdl-yaml.ts';

type SdkGroup = Parameters<typeof manifestToSortedJSON>[0][number] & {
  requirements?:
    | {
        signedBy?: { allOf: string[]; anyOf: string[] } | undefined;
        attributes: { key: string; value: string }[];
      }
    | undefined;
};

interface ManifestGroup {
  readonly name: string;
  readonly services: readonly {
    readonly resources: ResourceUnit['resource'];
    readonly params?: { readonly storage: readonly Json[] | null };
  }[];
}

/**
 * Compiles the text of an SDL 2.0 or 2.1.
 * @throws UnreadableSdlError, InvalidSdlError, UnsupportedSdlError
 */
export function compileSdlText(text: string): CompiledSdl {
  return compileSdl(readSdl(parseSdlYaml(text)));
}

/** Compiles an SDL that has been read. @throws InvalidSdlError where its parts do not fit together */
function compileSdl(sdl: Sdl): CompiledSdl {
  const plain = sdkInput(sdl);
  refuse(validateSDL(plain, 'mainnet'));
  const generated = generateManifest(separated(plain, sdl), 'mainnet');
  if (!generated.ok) throw faultOf(generated.value);
  const manifest = goManifest(generated.value.groups);
  const groups = generated.value.groupSpecs.map((group, index) => goGroup(group, manifest[index]));
  const text = goJson(manifest as unknown as Json);
  return {
    groups,
    manifest: manifest as unknown as Json[],
    versionHash: createHash('sha256').update(text).digest('hex'),
  };
}

function separated(input: SDLInput, { version }: Sdl): SDLInput {
  return version === '2.0' ? separateUnits(input) : input;
}

function refuse(errors: readonly ValidationError[] | undefined): void {
  if (errors) throw faultOf(errors);
}

function faultOf(errors: readonly ValidationError[]): InvalidSdlError {
  const [first] = errors;
  return new InvalidSdlError({
    path: pathOfPointer(first?.instancePath ?? ''),
    problem: (first?.message ?? 'it is no SDL').replace(/\.$/, ''),
  });
}

// Go writes a service's list of volumes as null where there are parameters and no volume.
function goManifest(groups: Parameters<typeof manifestToSortedJSON>[0]): ManifestGroup[] {
  const manifest = JSON.parse(manifestToSortedJSON(groups)) as ManifestGroup[];
  return manifest.map((group) => ({
    ...group,
    services: group.services.map((service) =>
      service.params?.storage?.length === 0
        ? { ...service, params: { ...service.params, storage: null } }
        : service,
    ),
  }));
}

function goGroup(group: SdkGroup, manifest: ManifestGroup | undefined): GroupSpec {
  const [plain] = JSON.parse(manifestToSortedJSON([group] as never)) as [
    { name: string; resources: ResourceUnit[] },
  ];
  const { signedBy, attributes = [] } = group.requirements ?? {};
  return {
    name: plain.name,
    requirements: {
      signed_by: { all_of: orNull(signedBy?.allOf), any_of: orNull(signedBy?.anyOf) },
      attributes: orNull(attributes.toSorted((left, right) => compareBytes(left.key, right.key))),
    },
    resources: plain.resources.map(({ resource, count, price }) => ({
      resource: { ...resource, endpoints: endpointsOf(resource.id, manifest) },
      count,
      price: { denom: price.denom, amount: withDecimals(price.amount) },
    })),
  };
}

// The endpoints of all services of a unit, one after the other; sorted, by sequence number alone,
// only where there are several.
function endpointsOf(
  id: number,
  manifest: ManifestGroup | undefined,
): ResourceUnit['resource']['endpoints'] {
  const services = (manifest?.services ?? []).filter(({ resources }) => resources.id === id);
  const endpoints = services.flatMap(({ resources }) => resources.endpoints);
  return services.length > 1
    ? endpoints.toSorted((left, right) => left.sequence_number - right.sequence_number)
    : endpoints;
}

function withDecimals(amount: string): string {
  const [whole = '0', fraction = ''] = amount.split('.');
  return `${whole}.${fraction.padEnd(18, '0')}`;
}

function orNull<Item>(items: readonly Item[] | undefined): readonly Item[] | null {
  return items && items.length > 0 ? items : null;
}

/** chain-sdk behind its port. */
export const chainSdkCompiler: SdlCompiler = { parse: parseSdlYaml, compile: compileSdl };
