/** Where the two registries are on a chain. */
export interface RegistryAddresses {
  readonly identityRegistry: `0x${string}`;
  readonly reputationRegistry: `0x${string}`;
}

const MAINNETS: RegistryAddresses = {
  identityRegistry: '0x8004A169FB4a3325136EB29fA0ceB6D2e539a432',
  reputationRegistry: '0x8004BAa17C55a88189AE136b182e5fdA19dE9b63',
};
const TESTNETS: RegistryAddresses = {
  identityRegistry: '0x8004A818BFB912233c491871b3d84c89A494BD9e',
  reputationRegistry: '0x8004B663056A597Dffe9eCcC1965A193B7388713',
};

/**
 * The public deployments of ERC-8004 by chain id, as the README of erc-8004/erc-8004-contracts lists
 * them (2026-02): those of the reference implementation, which anybody may use.
 */
export const PUBLIC_REGISTRIES: Readonly<Record<number, RegistryAddresses>> = {
  /** Ethereum */
  1: MAINNETS,
  /** Optimism */
  10: MAINNETS,
  /** BNB Smart Chain */
  56: MAINNETS,
  /** Gnosis */
  100: MAINNETS,
  /** Polygon */
  137: MAINNETS,
  /** Monad */
  143: MAINNETS,
  /** Abstract */
  2741: MAINNETS,
  /** Base */
  8453: MAINNETS,
  /** Arbitrum One */
  42_161: MAINNETS,
  /** Celo */
  42_220: MAINNETS,
  /** Avalanche */
  43_114: MAINNETS,
  /** Linea */
  59_144: MAINNETS,
  /** Taiko */
  167_000: MAINNETS,
  /** Scroll */
  534_352: MAINNETS,
  /** BNB Smart Chain, testnet */
  97: TESTNETS,
  /** Monad, testnet */
  10_143: TESTNETS,
  /** Abstract, testnet */
  11_124: TESTNETS,
  /** Avalanche Fuji */
  43_113: TESTNETS,
  /** Linea Sepolia */
  59_141: TESTNETS,
  /** Polygon Amoy */
  80_002: TESTNETS,
  /** Base Sepolia */
  84_532: TESTNETS,
  /** Arbitrum Sepolia */
  421_614: TESTNETS,
  /** Scroll Sepolia */
  534_351: TESTNETS,
  /** Ethereum Sepolia */
  11_155_111: TESTNETS,
  /** Optimism Sepolia */
  11_155_420: TESTNETS,
};
