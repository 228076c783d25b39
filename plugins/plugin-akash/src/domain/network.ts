import { z } from 'zod';

const https = z.url({ protocol: /^https$/ });
const page = https.includes('{id}');

/** Public networks, as the data file has them. */
export const publicNetworksSchema = z.record(
  z.enum(['mainnet', 'sandbox']),
  z.strictObject({
    chainId: z.string().min(1),
    rpcUrl: https,
    restUrl: https,
    consoleUrl: https,
    // What the messages of this version are made for: fees in AKT, prices and deposits in ACT.
    feeDenom: z.literal('uakt'),
    priceDenom: z.literal('uact'),
    gasPrice: z.string().regex(/^\d+(\.\d+)?uakt$/),
    /** Pages of a public explorer; `{id}` is the address or the hash. */
    explorer: z.strictObject({ account: page, transaction: page }),
    source: z.string(),
    date: z.iso.date(),
  }),
);

export type PublicNetworks = z.output<typeof publicNetworksSchema>;

export const NETWORK_NAMES = ['mainnet', 'sandbox', 'devnet', 'custom'] as const;
export type NetworkName = (typeof NETWORK_NAMES)[number];

/** A network that can be deployed on. */
export interface AkashNetwork {
  readonly name: NetworkName;
  readonly chainId: string;
  readonly rpcUrl: string;
  /** Other nodes, asked in this order while that one does not answer. */
  readonly fallbackUrls: readonly string[];
  readonly gasPrice: string;
  /** Where the REST gateway of the chain is, when known. */
  readonly restUrl: string | undefined;
  /** Where an indexer of the form of Akash Console answers, when there is one. */
  readonly consoleUrl: string | undefined;
  readonly explorer: { readonly account: string; readonly transaction: string } | undefined;
}

/** What a person has set; each goes before what the network's data says. */
export interface NetworkWishes {
  readonly AKASH_NETWORK?: NetworkName | undefined;
  readonly AKASH_RPC_URL?: string | undefined;
  readonly AKASH_RPC_FALLBACKS?: readonly string[] | undefined;
  readonly AKASH_CHAIN_ID?: string | undefined;
  readonly AKASH_GAS_PRICE?: string | undefined;
  readonly AKASH_CONSOLE_URL?: string | undefined;
}

const DEFAULT_GAS_PRICE = '0.025uakt';

/**
 * The network that settings choose. Undefined when none is chosen, or when it is the devnet and
 * nobody has said where that is.
 */
export function chooseNetwork(
  wishes: NetworkWishes,
  networks: PublicNetworks,
): AkashNetwork | undefined {
  const name = wishes.AKASH_NETWORK ?? 'custom';
  const known = name === 'mainnet' || name === 'sandbox' ? networks[name] : undefined;
  const chainId = wishes.AKASH_CHAIN_ID ?? known?.chainId;
  const rpcUrl = wishes.AKASH_RPC_URL ?? known?.rpcUrl;
  if (chainId === undefined || rpcUrl === undefined) return undefined;
  // What is known of a chain does not hold for another one.
  const same = chainId === known?.chainId ? known : undefined;
  return {
    ...{ name, chainId, rpcUrl, fallbackUrls: wishes.AKASH_RPC_FALLBACKS ?? [] },
    gasPrice: wishes.AKASH_GAS_PRICE ?? same?.gasPrice ?? DEFAULT_GAS_PRICE,
    restUrl: same?.restUrl,
    consoleUrl: wishes.AKASH_CONSOLE_URL ?? same?.consoleUrl,
    explorer: same?.explorer,
  };
}

/** What is to be known of a network by whoever approves a deployment on it. */
export function describeNetwork({ name, chainId }: AkashNetwork): string {
  const words = {
    mainnet: "Akash's main network, with real money",
    sandbox: "Akash's sandbox, whose coins are worth nothing",
    devnet: 'the devnet on this machine: its coins are worth nothing, and no container runs there',
    custom: `the chain ${chainId}`,
  };
  return words[name];
}
