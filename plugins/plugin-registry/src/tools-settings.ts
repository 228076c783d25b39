import { booleanSetting, integerSetting, listSetting, parseUsd } from '@371os/kernel';
import { z } from 'zod';

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'an address of 0x and 40 hexadecimal digits is expected');
const usd = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^\d{1,7}(\.\d{1,12})?$/, 'an amount such as 0.50 is expected'))
  .transform(parseUsd);

/** Settings of discovery, of calls of other agents' tools, and of ratings. */
export const registryToolsSettings = z.object({
  /** The reputation registry; by default the public one of ERC-8004 on the chain. */
  REGISTRY_REPUTATION_ADDRESS: address.optional(),
  /** How often the registries are read. */
  REGISTRY_INDEX_MS: integerSetting(100, 86_400_000).default(60_000),
  /** How many blocks are read at once. */
  REGISTRY_INDEX_BLOCKS: integerSetting(1, 100_000).default(2_000),
  /** Addresses, with commas between them, whose feedback counts in full. */
  REGISTRY_TRUSTED_RATERS: listSetting
    .pipe(z.array(address))
    .transform((addresses) => new Set(addresses.map((one) => one.toLowerCase())))
    .prefault(''),
  /** Whether tools on this machine may be called, over plain HTTP too. */
  REGISTRY_ALLOW_LOOPBACK: booleanSetting.default(false),
  /** How long a call of a tool may take. */
  REGISTRY_TOOL_TIMEOUT_MS: integerSetting(100, 600_000).default(60_000),
  /** Most bytes that a tool may answer. */
  REGISTRY_TOOL_MOST_BYTES: integerSetting(1_024, 16_777_216).default(1_048_576),
  /** Calls that cost more wait for the owner's approval. */
  REGISTRY_TOOL_APPROVAL_USD: usd.prefault('0.50'),
  /** Whether what was measured of a call is said on chain, which costs gas. */
  REGISTRY_RATES_ON_CHAIN: booleanSetting.default(false),
});

export type RegistryToolsSettings = Readonly<z.output<typeof registryToolsSettings>>;
