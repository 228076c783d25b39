import { parseUsd, type PicoUsd } from '@371os/kernel';
import { z } from 'zod';
import { InvalidSpecError } from '../errors.ts';
import { isImageName } from './image-name.ts';
import { readBytes, readMilliCpu } from './quantity.ts';
import { KNOWN_REGIONS, readRegion } from './regions.ts';
import { refuseSecret } from './secret-reference.ts';

/** A port that a deployment is reached at from outside. */
export interface ExposedPort {
  readonly port: number;
  /** `http` shares port 80 of the provider's own host name; the others get a port of their own. */
  readonly proto: 'http' | 'tcp' | 'udp';
}

/** What is to run, in whole numbers. */
export interface DeploymentSpec {
  readonly image: string;
  readonly milliCpu: number;
  readonly memoryBytes: number;
  readonly storageBytes: number;
  readonly replicas: number;
  readonly ports: readonly ExposedPort[];
  /** Secrets stand in it by reference: `secret:NAME`. */
  readonly environment: Readonly<Record<string, string>>;
  /** The most that a month may cost in all. */
  readonly maximumPico: PicoUsd;
  /** Acceptable regions, most wanted first. */
  readonly regions: readonly string[];
  readonly isPersistent: boolean;
  readonly mountPath: string;
  /** Leases on so many distinct providers. */
  readonly redundancy: number;
}

/** What is taken where nobody says otherwise. */
export const SPEC_DEFAULTS = {
  cpu: '0.5',
  memory: '1Gi',
  storage: '10Gi',
  replicas: '1',
  ports: '8080/http',
  maxCost: '100',
  regions: 'us-west,eu-central',
  persistence: 'false',
  mountPath: '/data',
  redundancy: '1',
} as const;

// Of the chain: pkg.akt.dev/go/node/deployment/v1beta4, validation_config.go.
const MOST_REPLICAS = 50;
const MOST_REDUNDANCY = 20;
// Linux takes 128 KiB for one variable with its name.
const LONGEST_VALUE = 65_536;

const text = z
  .union([z.string(), z.number(), z.boolean()])
  .transform((value) => String(value).trim());

function read<Value>(
  parse: (text: string) => Value | undefined,
  expected: string,
): z.ZodType<Value, string> {
  return z.string().transform((value, context) => {
    const result = parse(value);
    if (result !== undefined) return result;
    context.issues.push({
      code: 'custom',
      message: `"${value.slice(0, 60)}" is not possible: ${expected}`,
      input: value,
    });
    return z.NEVER;
  });
}

const within =
  (parse: (text: string) => number | undefined, least: number, most: number) =>
  (value: string): number | undefined => {
    const number = parse(value);
    return number !== undefined && number >= least && number <= most ? number : undefined;
  };
const whole = (most: number): ((value: string) => number | undefined) =>
  within((value) => (/^\d{1,6}$/.test(value) ? Number(value) : undefined), 1, most);

const portList = z.union([
  text.transform((value) => value.split(/[\s,]+/).filter((item) => item !== '')),
  z.array(
    z.union([
      text,
      z
        .object({ port: text, proto: text.optional(), protocol: text.optional() })
        .transform(({ port, proto, protocol }) => `${port}/${proto ?? protocol ?? 'http'}`),
    ]),
  ),
]);

const regionList = z.union([
  z.string().transform((value) => value.split(',')),
  z.array(z.string()),
]);

const environment = z.union([
  z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)),
  z.string().transform((value) =>
    Object.fromEntries(
      value
        .split('\n')
        .filter((line) => line.includes('='))
        .map(
          (line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const,
        ),
    ),
  ),
]);

const specFields = z.object({
  dockerImage: text.pipe(
    z
      .string()
      .refine(
        isImageName,
        'this is no name of a container image: letters, digits, dots, dashes, slashes, a tag or a digest',
      ),
  ),
  cpu: text
    .default(SPEC_DEFAULTS.cpu)
    .pipe(read(within(readMilliCpu, 10, 384_000), '10m to 384 CPUs is what the chain takes')),
  memory: text
    .default(SPEC_DEFAULTS.memory)
    .pipe(read(within(readBytes, 2 ** 20, 2 * 2 ** 40), '1Mi to 2Ti is what the chain takes')),
  storage: text
    .default(SPEC_DEFAULTS.storage)
    .pipe(
      read(within(readBytes, 5 * 2 ** 20, 32 * 2 ** 40), '5Mi to 32Ti is what the chain takes'),
    ),
  replicas: text
    .default(SPEC_DEFAULTS.replicas)
    .pipe(read(whole(MOST_REPLICAS), `1 to ${String(MOST_REPLICAS)} is what the chain takes`)),
  ports: portList
    .default([SPEC_DEFAULTS.ports])
    .pipe(
      z
        .array(read(readPort, 'a port from 1 to 65535 is expected, like 80/http or 53/udp'))
        .min(1)
        .max(20),
    ),
  environment: environment
    .default({})
    .pipe(
      z.record(
        z
          .string()
          .regex(
            /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
            'a variable is named with letters, digits and underscores',
          ),
        z.string().max(LONGEST_VALUE),
      ),
    ),
  maxCost: text
    .default(SPEC_DEFAULTS.maxCost)
    .pipe(read(readMaximum, 'write US dollars a month above zero, like 5 or 12.50')),
  regions: regionList.default(SPEC_DEFAULTS.regions.split(',')).pipe(
    z
      .array(read(readRegion, `no provider has such a region: say ${KNOWN_REGIONS}`))
      .min(1)
      .max(10),
  ),
  persistence: text
    .default(SPEC_DEFAULTS.persistence)
    .pipe(
      read(
        (value) => ({ true: true, false: false })[value.toLowerCase()],
        'true or false is expected',
      ),
    ),
  mountPath: text
    .default(SPEC_DEFAULTS.mountPath)
    .pipe(z.string().regex(/^\/[\w./-]{1,200}$/, 'an absolute path is expected')),
  redundancy: text
    .default(SPEC_DEFAULTS.redundancy)
    .pipe(read(whole(MOST_REDUNDANCY), `1 to ${String(MOST_REDUNDANCY)} is possible`)),
});

/** The fields that somebody may give, as a message, a program or a model has them. */
export type SpecFields = Readonly<Partial<Record<keyof z.input<typeof specFields>, unknown>>>;

/** Names of the fields. */
export const SPEC_FIELDS = Object.keys(specFields.shape) as (keyof SpecFields)[];

/**
 * The deployment that fields mean, defaults filled in.
 * @throws InvalidSpecError naming the field, SecretWrittenOutError
 */
export function readSpec(fields: SpecFields): DeploymentSpec {
  const given = Object.fromEntries(
    SPEC_FIELDS.flatMap((name) => (isGiven(fields[name]) ? [[name, fields[name]]] : [])),
  );
  const parsed = specFields.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new InvalidSpecError({
      field: issue?.path.join('.') ?? '',
      problem: issue?.message ?? 'it cannot be read',
    });
  }
  const { dockerImage, cpu, memory, storage, maxCost, persistence, ...rest } = parsed.data;
  for (const [name, value] of Object.entries(rest.environment))
    refuseSecret(`environment.${name}`, name, value);
  const spec = {
    ...rest,
    image: dockerImage,
    milliCpu: cpu,
    memoryBytes: memory,
    storageBytes: storage,
    maximumPico: maxCost,
    isPersistent: persistence,
    regions: [...new Set(rest.regions)],
  };
  refuseDoublePorts(spec.ports);
  return spec;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function readPort(value: string): ExposedPort | undefined {
  const match = /^(\d{1,5})(?:\/(http|tcp|udp))?$/i.exec(value);
  const port = Number(match?.[1]);
  if (!match || port < 1 || port > 65_535) return undefined;
  return { port, proto: (match[2]?.toLowerCase() ?? 'http') as ExposedPort['proto'] };
}

function readMaximum(value: string): PicoUsd | undefined {
  try {
    const amount = parseUsd(value);
    return amount > 0n ? amount : undefined;
  } catch {
    // parseUsd's own text does not say what the amount is for.
    return undefined;
  }
}

function refuseDoublePorts(ports: readonly ExposedPort[]): void {
  const keys = ports.map(({ port, proto }) => `${String(port)}/${proto === 'udp' ? 'udp' : 'tcp'}`);
  const double = keys.find((key, index) => keys.indexOf(key) !== index);
  if (double !== undefined)
    throw new InvalidSpecError({ field: 'ports', problem: `${double} is there twice` });
}
