import { z } from 'zod';
import { isImageName } from '../../domain/image-name.ts';
import { readBytes, readMilliCpu } from '../../domain/quantity.ts';

// Limits of the chain (pkg.akt.dev/go/node/deployment/v1beta4, validation_config.go).
const MOST_COUNT = 50;
const MOST_GPUS = 24;
const MOST_UNIT_PRICE = 10_000_000;
const MILLI_CPU = { least: 10, most: 384_000, shown: '10m to 384' };
const MEMORY_BYTES = { least: 2 ** 20, most: 2 * 2 ** 40, shown: '1Mi to 2Ti' };
const STORAGE_BYTES = { least: 5 * 2 ** 20, most: 32 * 2 ** 40, shown: '5Mi to 32Ti' };

const word = z.union([z.string(), z.number()]).transform(String);
// Go keeps the text as it was written, which a number with a fraction no longer has.
const attribute = z
  .union([z.string(), z.boolean(), z.int()], 'text is expected: write it in quotes')
  .transform(String);

function quantity(
  read: (text: string) => number | undefined,
  form: string,
  range: { least: number; most: number; shown: string },
): z.ZodType<number, string | number> {
  return word.transform((text, context) => {
    const value = read(text);
    if (value !== undefined && value >= range.least && value <= range.most) return value;
    const expected = value === undefined ? form : `${range.shown} is what the chain takes`;
    context.issues.push({
      code: 'custom',
      message: `"${text}" is not possible: ${expected}`,
      input: text,
    });
    return z.NEVER;
  });
}

const bytes = (range: typeof MEMORY_BYTES): z.ZodType<number, string | number> =>
  quantity(readBytes, 'write it like 512Mi or 1.5Gi', range);

// Tools disagree on the hash of a list that is there and empty.
const list = z
  .array(z.string())
  .min(1, 'a list with nothing in it: leave the field out instead')
  .nullable()
  .exactOptional();

const port = z
  .int()
  .min(1, 'a port from 1 to 65535 is expected')
  .max(65_535, 'a port from 1 to 65535 is expected');

const hostname = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
    'a host name in lower case is expected',
  );

const httpOptions = z.strictObject({
  max_body_size: z.int().min(0).max(104_857_600).exactOptional(),
  read_timeout: z.int().min(0).max(60_000).exactOptional(),
  send_timeout: z.int().min(0).max(60_000).exactOptional(),
  next_tries: z
    .int()
    .min(0)
    .max(2 ** 31)
    .exactOptional(),
  next_timeout: z
    .int()
    .min(0)
    .max(2 ** 31)
    .exactOptional(),
  next_cases: z
    .array(z.enum(['error', 'timeout', '500', '502', '503', '504', '403', '404', '429', 'off']))
    .refine(
      (cases) => !cases.includes('off') || cases.length === 1,
      '"off" goes with no other case',
    )
    .exactOptional(),
});

const expose = z.strictObject({
  port,
  as: port.exactOptional(),
  proto: z.enum(['tcp', 'udp', 'TCP', 'UDP'], 'tcp or udp is expected').exactOptional(),
  accept: z
    .array(hostname)
    .min(1, 'a list with nothing in it: leave the field out instead')
    .exactOptional(),
  http_options: httpOptions.exactOptional(),
  to: z
    .array(
      z.strictObject({
        service: z.string().exactOptional(),
        global: z.boolean().exactOptional(),
        ip: z.string().min(1).exactOptional(),
      }),
    )
    .exactOptional(),
});

const credentials = z.strictObject({
  host: z.string().trim().min(1),
  email: z.string().trim().min(5).exactOptional(),
  username: z.string().trim().min(1),
  password: z.string().trim().min(6),
});

const variable = z.string().regex(/^(?!\.{1,2}(?:=|$))[-._a-zA-Z][-._a-zA-Z0-9]*(?:=|$)/, {
  error: 'NAME=value is expected, and a name of letters, digits, dots, dashes and underscores',
});

const serviceName = z
  .string()
  .regex(
    /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/,
    'a name of lower-case letters, digits and dashes is expected',
  );

const service = z.strictObject({
  image: z
    .string()
    .refine(isImageName, 'this is no name of a container image, such as nginx:alpine'),
  command: list,
  args: list,
  env: z
    .array(variable)
    .min(1, 'a list with nothing in it: leave the field out instead')
    .nullable()
    .exactOptional(),
  expose: z.array(expose).exactOptional(),
  dependencies: z.array(z.strictObject({ service: z.string() })).exactOptional(),
  credentials: credentials.exactOptional(),
  params: z
    .strictObject({
      storage: z
        .record(
          z.string(),
          z.strictObject({
            mount: z.string().regex(/^\//, 'an absolute path is expected').exactOptional(),
            readOnly: z.boolean().exactOptional(),
          }),
        )
        .exactOptional(),
      permissions: z
        .strictObject({
          read: z
            .array(z.enum(['deployment', 'logs']))
            .min(1)
            .exactOptional(),
        })
        .exactOptional(),
    })
    .exactOptional(),
});

const persistent = z
  .union([z.boolean(), z.enum(['true', 'false'])], 'true or false is expected')
  .transform((value) => String(value) === 'true');

const volumeAttributes = z
  .strictObject({
    class: z.enum(['default', 'beta1', 'beta2', 'beta3', 'ram']).exactOptional(),
    persistent: persistent.default(false),
  })
  .refine(
    (volume) => volume.class !== 'ram' || !volume.persistent,
    '"ram" storage cannot be persistent',
  )
  .refine(
    (volume) => volume.class === undefined || volume.class === 'ram' || volume.persistent,
    'ephemeral storage has no class: add persistent: true, or take the class out',
  )
  // Go fills the class of a persistent volume in.
  .transform((volume) => ({
    class: volume.class ?? (volume.persistent ? ('default' as const) : undefined),
    persistent: volume.persistent,
  }));

const volume = z.strictObject({
  name: z.string().exactOptional(),
  size: bytes(STORAGE_BYTES),
  attributes: volumeAttributes.exactOptional(),
});

const gpu = z.strictObject({
  units: word.transform(Number).pipe(z.int().min(0).max(MOST_GPUS)),
  attributes: z
    .strictObject({
      vendor: z.strictObject({
        nvidia: z
          .array(
            z.strictObject({
              model: z.string().min(1),
              ram: z
                .string()
                .refine(
                  (text) => /i$/.test(text) && readBytes(text) !== undefined,
                  'write it like 80Gi',
                )
                .exactOptional(),
              interface: z.enum(['pcie', 'sxm']).exactOptional(),
            }),
          )
          .nullable()
          .exactOptional(),
      }),
    })
    .exactOptional(),
});

const compute = z.strictObject({
  resources: z.strictObject({
    cpu: z.strictObject({
      units: quantity(readMilliCpu, 'write it like 0.5 or 500m', MILLI_CPU),
      attributes: z.strictObject({ arch: z.enum(['amd64', 'arm64']) }).exactOptional(),
    }),
    memory: z.strictObject({ size: bytes(MEMORY_BYTES) }),
    storage: z.union([
      z.array(volume).min(1).max(20),
      // Go ignores the name of a volume that is alone.
      volume.transform(({ size, attributes }) => [{ size, attributes }]),
    ]),
    gpu: gpu.exactOptional(),
  }),
});

const price = z.strictObject({
  denom: z.string().regex(/^(?:uakt|uact|ibc\/.*)$/, 'uact is expected'),
  amount: word.pipe(
    z
      .string()
      .regex(/^\d{1,20}(?:\.\d{1,18})?$/, 'a price above zero is expected, like 1000 or 12.5')
      .refine((text) => Number(text) > 0, 'a price above zero is expected')
      .refine(
        (text) => Number(text) <= MOST_UNIT_PRICE,
        `at most ${MOST_UNIT_PRICE.toLocaleString('en-US')} a block is what the chain takes`,
      ),
  ),
});

const placement = z.strictObject({
  attributes: z.record(z.string(), attribute).exactOptional(),
  signedBy: z
    .strictObject({
      allOf: z.array(attribute).exactOptional(),
      anyOf: z.array(attribute).exactOptional(),
    })
    .exactOptional(),
  pricing: z.record(z.string(), price),
});

const count = z
  .int('a whole number is expected')
  .min(1, `1 to ${String(MOST_COUNT)} is what the chain takes`)
  .max(MOST_COUNT, `1 to ${String(MOST_COUNT)} is what the chain takes`);

const VERSIONS: Readonly<Record<string, '2.0' | '2.1'>> = {
  '2': '2.0',
  '2.0': '2.0',
  '2.1': '2.1',
};

/** An SDL 2.0 or 2.1 as YAML gives it; quantities come out as thousandths of a CPU and bytes. */
export const sdlSchema = z.strictObject({
  version: word.transform((text, context) => {
    const version = VERSIONS[text];
    if (version) return version;
    context.issues.push({ code: 'custom', message: '"2.0" or "2.1" is expected', input: text });
    return z.NEVER;
  }),
  services: z.record(serviceName, service),
  profiles: z.strictObject({
    compute: z.record(z.string(), compute),
    placement: z.record(z.string().min(1), placement),
  }),
  deployment: z.record(
    z.string(),
    z.record(z.string(), z.strictObject({ profile: z.string(), count })),
  ),
  endpoints: z
    .record(
      z
        .string()
        .regex(/^[a-z]+[-_0-9a-z]+$/, 'a name of lower-case letters and digits is expected'),
      z.strictObject({ kind: z.literal('ip') }),
    )
    .exactOptional(),
});

export type Sdl = z.output<typeof sdlSchema>;
export type SdlService = Sdl['services'][string];
export type SdlExpose = NonNullable<SdlService['expose']>[number];
export type SdlCompute = Sdl['profiles']['compute'][string]['resources'];
export type SdlVolume = SdlCompute['storage'][number];
