import { z } from 'zod';
import { registryName, type AgentReference } from './agent-id.ts';
import { canonicalJson, type JsonValue } from './canonical-json.ts';

/** What a registration file of ERC-8004 says that it is. */
export const REGISTRATION_TYPE = 'https://eips.ethereum.org/EIPS/eip-8004#registration-v1';

export const AGENT_STATUSES = ['active', 'paused', 'maintenance', 'retired'] as const;
export type AgentStatus = (typeof AGENT_STATUSES)[number];

export const PAYMENT_MODELS = [
  'per-call',
  'subscription',
  'compute-time',
  'outcome-based',
] as const;
export const CURRENCIES = ['AKT', 'ETH', 'USDC', 'USD', 'native'] as const;

const MOST_SCHEMA_BYTES = 16_384;

const line = (most: number) => z.string().trim().min(1).max(most);
const words = (most: number) => z.array(line(128)).max(most);
const place = z.string().min(1).max(2_048);
const price = z
  .union([z.string(), z.number().nonnegative()])
  .transform(String)
  .pipe(z.string().regex(/^\d{1,12}(\.\d{1,18})?$/, 'a price is written as digits, such as 0.05'));
const jsonSchema = z
  .record(z.string().max(256), z.json())
  .refine((schema) => JSON.stringify(schema).length <= MOST_SCHEMA_BYTES, {
    message: `a JSON schema has at most ${String(MOST_SCHEMA_BYTES)} characters`,
  });

const costModel = z.object({
  basePrice: price,
  currency: z.enum(CURRENCIES),
  unit: line(64).optional(),
});

/** Something that an agent can do for others, and how it is asked. */
export const capabilitySchema = z.object({
  toolId: z.string().regex(/^[A-Za-z0-9][\w.:-]{0,127}$/, 'an id such as web-search is expected'),
  name: line(128),
  description: z.string().max(2_000).default(''),
  inputSchema: jsonSchema.optional(),
  outputSchema: jsonSchema.optional(),
  costModel: costModel.optional(),
  permissions: words(32).optional(),
  /** Share of the time, 0 to 1. */
  availability: z.number().min(0).max(1).optional(),
});
export type Capability = z.output<typeof capabilitySchema>;

export const economicTermsSchema = z.object({
  paymentModel: z.enum(PAYMENT_MODELS).default('per-call'),
  /** Decimal digits; never a float. Zero is a price. */
  basePrice: price,
  currency: z.enum(CURRENCIES).default('USDC'),
  dynamicPricing: z.boolean().optional(),
  escrowRequired: z.boolean().default(false),
});
export type EconomicTerms = z.output<typeof economicTermsSchema>;

export const deploymentSchema = z
  .record(line(64), z.union([z.string().max(2_048), z.number(), z.boolean()]))
  .refine((fields) => Object.keys(fields).length <= 32, { message: 'at most 32 fields' });

const service = z.looseObject({
  name: line(64),
  endpoint: place,
  version: z.string().max(64).optional(),
  skills: words(64).optional(),
  domains: words(64).optional(),
});

const registration = z.object({
  agentId: z.union([z.number().int().nonnegative(), z.string().regex(/^\d{1,78}$/)]),
  agentRegistry: z.string().max(128),
});

const signature = z.object({
  scheme: z.literal('eip712'),
  signer: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  value: z.string().regex(/^0x(?:[0-9a-f]{2}){1,4096}$/),
});

const configuration = z
  .record(
    z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/),
    z.union([z.string().max(512), z.number(), z.boolean()]),
  )
  .refine((fields) => Object.keys(fields).length <= 64, { message: 'at most 64 settings' });

/** What an agent says of itself, before it is numbered and signed. */
export const profileSchema = z.object({
  name: line(128),
  description: line(4_000),
  image: place.optional(),
  services: z.array(service).max(32).default([]),
  x402Support: z.boolean().default(false),
  supportedTrust: words(8).default(['reputation']),
  did: z.string().max(256).optional(),
  agentType: line(64).default('agent'),
  capabilities: z.array(capabilitySchema).max(64),
  economics: economicTermsSchema.optional(),
  credentials: z
    .array(z.record(z.string().max(128), z.json()))
    .max(16)
    .default([]),
  /** What a new agent is taken for until others have rated it, 0 to 1: its own word. */
  initialReputation: z.object({ overall: z.number().min(0).max(1) }).default({ overall: 0.5 }),
  deployment: deploymentSchema.optional(),
  status: z.enum(AGENT_STATUSES).default('active'),
  /** For how long a sign of life counts; without it nobody vouches that the agent is up. */
  liveness: z.object({ leaseSeconds: z.number().int().min(10).max(604_800) }).optional(),
  /** Settings of the agent that rank above its own files. */
  config: configuration.optional(),
});
export type AgentProfile = z.output<typeof profileSchema>;

/**
 * A registration file as anybody may have written it: ours in full, others with what ERC-8004 asks
 * for. Fields that nobody here knows are kept.
 */
export const registrationFileSchema = profileSchema
  .extend({
    type: z.literal(REGISTRATION_TYPE),
    capabilities: z.array(capabilitySchema).max(64).default([]),
    // ERC-721 asks for a text; some write an empty one.
    image: z.string().max(2_048).optional(),
    description: z.string().max(4_000).default(''),
    agentType: line(64).optional(),
    credentials: z
      .array(z.record(z.string().max(128), z.json()))
      .max(16)
      .optional(),
    initialReputation: z.object({ overall: z.number().min(0).max(1) }).optional(),
    status: z.enum(AGENT_STATUSES).optional(),
    supportedTrust: words(8).optional(),
    active: z.boolean().default(true),
    registrations: z.array(registration).max(32).default([]),
    /** Goes up with every file of one agent. */
    sequence: z.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional(),
    issuedAt: z.iso.datetime().optional(),
    signature: signature.optional(),
  })
  .loose();
export type RegistrationFile = z.output<typeof registrationFileSchema>;

/** What is signed of a file besides its text. */
export interface FileStamp {
  readonly agent: AgentReference;
  /** 1 and up. */
  readonly sequence: number;
  /** ISO 8601 in UTC. */
  readonly issuedAt: string;
}

/** The fields of a file without its signature. */
export function composeFile(
  profile: AgentProfile,
  { agent, sequence, issuedAt }: FileStamp,
): Record<string, JsonValue> {
  const { agentId, registry } = agent;
  const file = {
    type: REGISTRATION_TYPE,
    ...profile,
    active: profile.status === 'active',
    registrations: [{ agentId: numbered(agentId), agentRegistry: registryName(registry) }],
    sequence,
    issuedAt,
  };
  // Leaves out what is undefined.
  return JSON.parse(JSON.stringify(file)) as Record<string, JsonValue>;
}

/** The text that a file's signature is over: all of it but the signature. */
export function signedText(file: Readonly<Record<string, JsonValue>>): string {
  const fields = Object.entries(file).filter(([name]) => name !== 'signature');
  return canonicalJson(Object.fromEntries(fields));
}

/** Typed data (EIP-712) that binds a file's text and number to one agent of one registry. */
export function typedRegistration(
  { agent, sequence }: Pick<FileStamp, 'agent' | 'sequence'>,
  contentHash: string,
): TypedData {
  return {
    domain: {
      name: '371OS agent registration',
      version: '1',
      chainId: agent.registry.chainId,
      verifyingContract: agent.registry.address,
    },
    types: {
      AgentRegistration: [
        { name: 'agentId', type: 'uint256' },
        { name: 'sequence', type: 'uint64' },
        { name: 'contentHash', type: 'bytes32' },
      ],
    },
    message: { agentId: agent.agentId, sequence, contentHash },
  };
}

/** What EIP-712 signs. */
export interface TypedData {
  readonly domain: {
    readonly name: string;
    readonly version: string;
    readonly chainId: number;
    readonly verifyingContract: string;
  };
  readonly types: Readonly<Record<string, { name: string; type: string }[]>>;
  readonly message: Readonly<Record<string, unknown>>;
}

function numbered(agentId: bigint): number | string {
  return agentId <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(agentId) : String(agentId);
}
