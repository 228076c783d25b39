import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  DevnetControl,
  devnetSettings,
  findDevnet,
  findOrStartDevnet,
  type DevnetInfo,
} from '@371os/devnet/client';
import {
  BaseError,
  environment,
  placeSettings,
  processSettings,
  readSettings,
} from '@371os/kernel';
import { akashSettings } from '@371os/plugin-akash';
import { z } from 'zod';

/** A network that the devnet stands in for while no other one is configured. */
interface EmbeddedNetwork {
  readonly isWanted: () => boolean;
  readonly describe: (info: DevnetInfo) => string;
  /** What the plugins have to be told. */
  readonly settings: (info: DevnetInfo) => Record<string, string>;
}

/** The devnet that a company uses. */
export interface UsedDevnet extends DevnetInfo {
  /** Whether it was started for this company just now. */
  readonly isNew: boolean;
}

const QUERY_TIMEOUT_MS = 5000;
const DEVNET_CHAIN_ID = '31337';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = ['--conditions=@371os/source', 'scripts/main.js', 'devnet'];

// Blocks and bids come sooner on the devnet than elsewhere, unless a person wants it otherwise.
const akashPace = z.object({
  AKASH_POLL_MS: z.string().default('500'),
  AKASH_MORE_BIDS_MS: z.string().default('3000'),
});

const registryPace = z.object({
  REGISTRY_POLL_MS: z.string().default('500'),
  REGISTRY_INDEX_MS: z.string().default('5000'),
  // The tools that agents of a devnet offer are on this machine.
  REGISTRY_ALLOW_LOOPBACK: z.string().default('true'),
});

// What a person sets for the networks that the registry of agents uses.
const registryNetworks = z.object({
  REGISTRY_RPC_URL: z.string().optional(),
  ETHEREUM_RPC_URL: z.string().optional(),
  REGISTRY_CHAIN_ID: z.string().optional(),
  IPFS_API_URL: z.string().optional(),
});

// An RPC address or a chain id of another chain says that agents are registered elsewhere.
function isRegistryElsewhere(): boolean {
  const set = readSettings(registryNetworks, processSettings);
  const chainId = set.REGISTRY_CHAIN_ID ?? DEVNET_CHAIN_ID;
  return (
    (set.REGISTRY_RPC_URL ?? set.ETHEREUM_RPC_URL) !== undefined || chainId !== DEVNET_CHAIN_ID
  );
}

const NETWORKS: readonly EmbeddedNetwork[] = [
  {
    isWanted: () => {
      const set = readSettings(akashSettings, processSettings);
      return (set.AKASH_NETWORK ?? 'devnet') === 'devnet' && set.AKASH_RPC_URL === undefined;
    },
    describe: ({ akash }) =>
      `Akash chain ${akash.chainId} with ${String(akash.providers.length)} providers`,
    settings: settingsForAkash,
  },
  {
    isWanted: () => !isRegistryElsewhere(),
    describe: ({ evm }) => `EVM chain ${String(evm.chainId)}`,
    settings: ({ evm }) => ({
      REGISTRY_RPC_URL: evm.rpcUrl,
      REGISTRY_CHAIN_ID: String(evm.chainId),
      REGISTRY_CONTRACT_ADDRESS: evm.identityRegistry,
      REGISTRY_REPUTATION_ADDRESS: evm.reputationRegistry,
      ...readSettings(registryPace, processSettings),
      ...{ AGENT_PRIVATE_KEY: privateKeyIn(evm.keyFile), AGENT_WALLET_FILE: '' },
    }),
  },
  {
    // A chain that all can read must not name content that nobody else can fetch.
    isWanted: () =>
      !isRegistryElsewhere() &&
      readSettings(registryNetworks, processSettings).IPFS_API_URL === undefined,
    describe: () => 'an IPFS node',
    settings: ({ ipfs }) => ({ IPFS_API_URL: ipfs.apiUrl }),
  },
];

/**
 * Finds the devnet of this company, or starts it, for the networks that are not configured, and
 * makes the plugins' settings lead there. A devnet that does not start leaves the company without
 * those networks; nothing is thrown.
 * @param mayStart false only finds one
 * @returns the devnet, when one is used
 */
export async function useDevnet(
  onProgress: (line: string) => void,
  mayStart = true,
): Promise<UsedDevnet | undefined> {
  const wanted = NETWORKS.filter(({ isWanted }) => isWanted());
  if (wanted.length === 0) return undefined;
  try {
    const directory = resolve(readSettings(devnetSettings, environment).DEVNET_DIR);
    const isNew = (await findDevnet(directory)) === undefined;
    if (isNew && !mayStart) return undefined;
    const info = await findOrStartDevnet({
      directory,
      command: [process.execPath, ...PROGRAM],
      // A copy: what ElizaOS is told later, its tokens among it, is not for others.
      ...{ workingDirectory: ROOT, environment: { ...process.env } },
    });
    for (const { settings } of wanted) placeSettings(settings(info), 'the devnet on this machine');
    onProgress(
      `Devnet on this machine: ${wanted.map(({ describe }) => describe(info)).join(', ')}. Its coins are worth nothing.`,
    );
    return { ...info, isNew };
  } catch (error) {
    const problem = BaseError.isInstance(error) ? error.message : String(error);
    onProgress(`Without a devnet: ${problem} Deployments can be planned and not made.`);
    return undefined;
  }
}

/** Ends a devnet that was started for one conversation, unless something has been deployed there. */
export async function endUnused(devnet: UsedDevnet): Promise<void> {
  if (devnet.isNew && !(await hasDeployments(devnet))) await new DevnetControl(devnet).stop();
}

const deploymentsAnswer = z.object({ deployments: z.array(z.unknown()) });

async function hasDeployments({ akash }: DevnetInfo): Promise<boolean> {
  const list = '/akash/deployment/v1beta4/deployments/list?filters.state=active';
  const response = await fetch(`${akash.restUrl}${list}`, {
    signal: AbortSignal.timeout(QUERY_TIMEOUT_MS),
  });
  return deploymentsAnswer.parse(await response.json()).deployments.length > 0;
}

/** How a person ends the devnet of this company. */
export function howToStop({ directory }: DevnetInfo): string {
  const isUsual = directory === resolve('.371os/devnet');
  return `${isUsual ? '' : `DEVNET_DIR=${directory} `}npm run devnet -- --stop`;
}

function settingsForAkash({ akash }: DevnetInfo): Record<string, string> {
  return {
    AKASH_NETWORK: 'devnet',
    AKASH_RPC_URL: akash.rpcUrl,
    AKASH_CHAIN_ID: akash.chainId,
    AKASH_CONSOLE_URL: akash.consoleUrl,
    // Never a key that holds real coins.
    ...{ AKASH_KEY: privateKeyIn(akash.tenantKeyFile), AKASH_KEYSTORE: '' },
    ...readSettings(akashPace, processSettings),
  };
}

const keyFile = z.object({ privateKey: z.string() });

function privateKeyIn(path: string): string {
  return keyFile.parse(JSON.parse(readFileSync(path, 'utf8'))).privateKey;
}
