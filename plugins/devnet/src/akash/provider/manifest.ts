import { createHash } from 'node:crypto';
import type { GroupSpec } from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import { z } from 'zod';
import { resourceValue } from '../chain/group-spec.ts';
import { InvalidManifestError } from './errors.ts';

// The manifest as Go's types have it (chain-sdk, go/manifest/v2beta3): what they do not know is
// dropped, a list that is missing is null, and what is marked `omitempty` there is left out when it
// is empty.
const texts = z.array(z.string()).nullish().default(null);
const text = z.string().default('');
const number = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const omittedWhenEmpty = <Schema extends z.ZodType>(
  schema: Schema,
): z.ZodType<z.output<Schema> | undefined> =>
  schema
    .nullish()
    .transform((value) =>
      value === 0 || value === null || (Array.isArray(value) && value.length === 0)
        ? undefined
        : value,
    );

const attributes = omittedWhenEmpty(z.array(z.object({ key: z.string(), value: z.string() })));
const amount = z.object({ val: z.string().regex(/^\d{1,30}$/) });
const sized = z.object({ attributes, size: amount });

const resources = z.object({
  id: number,
  cpu: z.object({ attributes, units: amount }),
  memory: sized,
  storage: z.array(sized.extend({ name: z.string() })),
  gpu: z.object({ attributes, units: amount }),
  endpoints: z.array(
    z.object({ kind: omittedWhenEmpty(number), sequence_number: number.default(0) }),
  ),
});

const httpOptions = z.object({
  ...{ maxBodySize: number, readTimeout: number, sendTimeout: number, nextTries: number },
  ...{
    nextTimeout: number,
    nextCases: omittedWhenEmpty(z.array(z.string())),
    proxyBufferSize: omittedWhenEmpty(number),
  },
});

const expose = z.object({
  ...{ port: z.number().int().min(1).max(65_535), externalPort: number.default(0), proto: text },
  ...{ service: text, global: z.boolean().default(false), hosts: texts, httpOptions, ip: text },
  endpointSequenceNumber: number.default(0),
});

const credentials = z
  .object({ host: text, email: text, username: text, password: text })
  .nullish()
  .default(null);

const service = z.object({
  ...{ name: z.string().min(1), image: z.string().min(1), command: texts, args: texts, env: texts },
  ...{ resources, count: number, expose: z.array(expose).nullish().default(null), credentials },
  params: omittedWhenEmpty(z.looseObject({})),
});

const manifestSchema = z
  .array(z.object({ name: z.string().min(1), services: z.array(service).min(1) }))
  .min(1);

export type Manifest = z.output<typeof manifestSchema>;
export type ManifestGroup = Manifest[number];
export type ManifestService = ManifestGroup['services'][number];
export type Expose = NonNullable<ManifestService['expose']>[number];

/** @throws InvalidManifestError */
export function parseManifest(body: string): Manifest {
  const result = manifestSchema.safeParse(parseJson(body));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new InvalidManifestError({ problem: `${where}: ${issue?.message ?? ''}` });
}

/** SHA-256 of the manifest as Go sorts and writes it: what the deployment's hash must be. */
export function manifestHash(manifest: Manifest): Buffer {
  return createHash('sha256').update(sortedJson(manifest)).digest();
}

/**
 * Compares a manifest with what the deployment's groups asked the chain for.
 * @throws InvalidManifestError naming the group that differs
 */
export function crossValidate(manifest: Manifest, specs: readonly GroupSpec[]): void {
  if (manifest.length !== specs.length)
    throw new InvalidManifestError({ problem: 'invalid manifest: group count mismatch' });
  for (const spec of specs) {
    const group = manifest.find(({ name }) => name === spec.name);
    if (!group || !sameResources(group, spec))
      throw new InvalidManifestError({
        problem: `manifest cross-validation error: group "${spec.name}": resources mismatch`,
      });
  }
}

function sameResources({ services }: ManifestGroup, spec: GroupSpec): boolean {
  const used = spec.resources.map(({ resource, count }) => {
    const users = services.filter((one) => one.resources.id === resource?.id);
    const total = users.reduce((sum, one) => sum + one.count, 0);
    return total === count && users.every((one) => isSame(one.resources, resource));
  });
  const ids = new Set(spec.resources.map(({ resource }) => resource?.id));
  return used.every(Boolean) && services.every((one) => ids.has(one.resources.id));
}

function isSame(
  own: ManifestService['resources'],
  wanted: GroupSpec['resources'][number]['resource'],
): boolean {
  const volumes = own.storage.map(({ name, size }) => `${name}=${size.val}`);
  const wantedVolumes = wanted?.storage.map(
    ({ name, quantity }) => `${name}=${String(resourceValue(quantity))}`,
  );
  return (
    BigInt(own.cpu.units.val) === resourceValue(wanted?.cpu?.units) &&
    BigInt(own.memory.size.val) === resourceValue(wanted?.memory?.quantity) &&
    BigInt(own.gpu.units.val) === resourceValue(wanted?.gpu?.units) &&
    volumes.join() === wantedVolumes?.join()
  );
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new InvalidManifestError({ problem: 'it is not JSON', cause });
  }
}

// Go writes these characters escaped inside of texts, and nowhere else do they occur in JSON.
function sortedJson(value: unknown): string {
  const escaped = (match: string): string =>
    `\\u${match.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(sorted(value)).replace(/[<>&\u2028\u2029]/g, escaped);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
