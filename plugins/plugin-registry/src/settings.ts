import { addressListSetting, booleanSetting, integerSetting, parseUsd } from '@371os/kernel';
import { z } from 'zod';
import { WEI_PER_COIN } from './domain/gas-rate.ts';

const milliseconds = (byDefault: number) => integerSetting(1, 86_400_000).default(byDefault);
const url = z.url({ protocol: /^https?$/ });
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'an address of 0x and 40 hexadecimal digits is expected');

const coins = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^\d{1,9}(\.\d{1,18})?$/, 'an amount such as 0.05 is expected'))
  .transform((text) => {
    const [whole = '0', fraction = ''] = text.split('.');
    return BigInt(whole) * WEI_PER_COIN + BigInt(fraction.padEnd(18, '0'));
  });

const usd = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^\d{1,7}(\.\d{1,12})?$/, 'an amount such as 3000.00 is expected'))
  .transform(parseUsd);

/** Settings of the identity registry. Without a node, an IPFS server and a chain id nothing is read. */
export const registrySettings = z.object({
  /** Where a node of the chain speaks JSON-RPC. */
  REGISTRY_RPC_URL: url.optional(),
  /** The same, where REGISTRY_RPC_URL is not set. */
  ETHEREUM_RPC_URL: url.optional(),
  /** Other nodes of the same chain, asked in this order while that one does not answer. */
  REGISTRY_RPC_FALLBACKS: addressListSetting,
  /** The only chain that anything is read from or signed for. */
  REGISTRY_CHAIN_ID: integerSetting(1, Number.MAX_SAFE_INTEGER).optional(),
  /** The identity registry; by default the public one of ERC-8004 on that chain. */
  REGISTRY_CONTRACT_ADDRESS: address.optional(),
  /** The block since which there are registrations. */
  REGISTRY_FROM_BLOCK: integerSetting(0, Number.MAX_SAFE_INTEGER).default(0),
  /** Key of the account that owns the agents and pays: 64 hexadecimal digits. */
  AGENT_PRIVATE_KEY: z.string().min(1).optional(),
  /** An encrypted keystore instead of the key, readable for nobody else. */
  AGENT_WALLET_FILE: z.string().min(1).optional(),
  AGENT_WALLET_PASSWORD: z.string().min(1).optional(),
  /** A file with the password instead. */
  AGENT_WALLET_PASSWORD_FILE: z.string().min(1).optional(),
  /** Where an IPFS node speaks Kubo's RPC. */
  IPFS_API_URL: url.optional(),
  /** Other IPFS nodes, asked in this order while that one does not answer; no password goes to them. */
  IPFS_API_FALLBACKS: addressListSetting,
  /** User name and password of a hosted IPFS server. */
  IPFS_API_KEY: z.string().min(1).optional(),
  IPFS_API_SECRET: z.string().min(1).optional(),
  /** How long a node or a server may take for one answer. */
  REGISTRY_TIMEOUT_MS: milliseconds(15_000),
  /** How often the chain is asked while something is awaited. */
  REGISTRY_POLL_MS: milliseconds(2_000),
  /** How deep a block has to be before it counts, itself included. */
  REGISTRY_CONFIRMATIONS: integerSetting(1, 200).default(3),
  /** After how long in no block a transaction offers more. */
  REGISTRY_BUMP_MS: milliseconds(60_000),
  /** How long a transaction may take, and how long what is down is waited for. */
  REGISTRY_PATIENCE_MS: milliseconds(600_000),
  /** Most that a unit of gas may cost. */
  REGISTRY_MAX_FEE_GWEI: integerSetting(1, 100_000).default(100),
  /** Most that gas may take in a month, in the chain's own coin. */
  REGISTRY_GAS_CAP_NATIVE: coins.prefault('0.05'),
  /** What the chain's own coin is worth in US dollars, and on which day it was. */
  REGISTRY_COIN_USD: usd.optional(),
  REGISTRY_COIN_USD_DATE: z.iso.date().optional(),
  /** How old that may be, in days. */
  REGISTRY_COIN_USD_DAYS: integerSetting(1, 365).default(7),
  /** How long whoever approves waits for the end before it is told in the room. */
  REGISTRY_ANSWER_MS: milliseconds(90_000),
  /** How often a registered agent gives a sign of life, and how long one counts. */
  REGISTRY_HEARTBEAT_MS: milliseconds(60_000),
  REGISTRY_LEASE_SECONDS: integerSetting(10, 604_800).default(300),
  /** An explorer's address, to which /token/<registry>/instance/<id> is added. */
  REGISTRY_EXPLORER_URL: url.optional(),
  /** Whether the settings in an agent's verified registration count. */
  REGISTRY_CONFIGURES: booleanSetting.default(true),
});

export type RegistrySettings = Readonly<z.output<typeof registrySettings>>;
