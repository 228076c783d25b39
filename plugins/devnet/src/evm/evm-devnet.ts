import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type JsonRpcProvider, getBytes, parseEther, toQuantity, Wallet } from 'ethers';
import { z } from 'zod';
import { AnvilRefusedError } from '../errors.ts';
import { writePrivately } from '../process/devnet-info.ts';
import { adoptAnvil, startAnvil, stateFile } from './anvil-process.ts';
import { BlockClock } from './block-clock.ts';
import { deployRegistries, type DeployedRegistries } from './deploy-registries.ts';

/** The chain id that most development chains use. */
export const EVM_CHAIN_ID = 31_337;
const ACCOUNT_WEI = parseEther('10000');
const NO_CODE = '0x';

const accountSchema = z.object({ address: z.string(), privateKey: z.string() });
const registriesSchema = z.object({ identityRegistry: z.string(), reputationRegistry: z.string() });

export interface EvmDevnetInit {
  /** Of its state, its log, its account and the addresses of the contracts. */
  readonly directory: string;
  /** Goes on when this process is killed, and is taken over by the next one that starts it here. */
  readonly isKept: boolean;
  /** Between blocks; 0 makes one for each transaction, and no other. */
  readonly blockTimeMs: number;
  /** Wanted port of 127.0.0.1; another one is taken when somebody has it. 0 is any. */
  readonly port: number;
}

export interface EvmAddresses extends DeployedRegistries {
  readonly chainId: number;
  readonly rpcUrl: string;
}

export type EvmAccount = Readonly<z.output<typeof accountSchema>>;

/**
 * A chain with the registries of ERC-8004 on it, run by Anvil in a process of its own. What Anvil
 * does not do throws an AnvilRefusedError.
 */
export interface EvmDevnet {
  readonly addresses: EvmAddresses;
  /** An account with 10,000 ETH, and the file that has its key. */
  readonly account: EvmAccount;
  readonly keyFile: string;
  /** Whether an Anvil that ran here already was taken over. */
  readonly isAdopted: boolean;
  /** Makes blocks at once. */
  mine(blocks: number): Promise<void>;
  /** Takes the last blocks back, of the last 256 since Anvil has run, and puts empty ones in their place. */
  reorganize(depth: number): Promise<void>;
  /** Forgets the transactions that are in no block. */
  dropTransactions(): Promise<void>;
  /** Of the next block. */
  setBaseFee(wei: bigint): Promise<void>;
  /** Transactions wait until mining goes on. */
  pauseMining(): Promise<void>;
  resumeMining(): Promise<void>;
  /** Adds to the balance of an account. */
  fund(address: string, wei: bigint): Promise<void>;
  /** Saves the chain, if it is kept, and ends Anvil. */
  stop(): Promise<void>;
}

/** @throws AnvilMissingError, AnvilDidNotStartError */
export async function startEvmDevnet(init: EvmDevnetInit): Promise<EvmDevnet> {
  const { directory, isKept, blockTimeMs, port: wantedPort } = init;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const anvil =
    (isKept ? await adoptAnvil(directory, EVM_CHAIN_ID) : undefined) ??
    (await startAnvil({ directory, chainId: EVM_CHAIN_ID, wantedPort, isKept }));
  try {
    const { rpc } = anvil;
    const keyFile = join(directory, 'account.json');
    const account = accountOf(keyFile);
    await rpc.send('evm_setAutomine', [true]);
    const registries = await registriesOf(directory, rpc, account);
    const save = async (): Promise<void> => (isKept ? saveState(directory, rpc) : undefined);
    await save();
    const clock = blockTimeMs > 0 ? new BlockClock({ rpc, blockTimeMs, save }) : undefined;
    return {
      ...controls(rpc, clock),
      ...{ account, keyFile, isAdopted: anvil.isAdopted },
      addresses: { chainId: EVM_CHAIN_ID, rpcUrl: anvil.rpcUrl, ...registries },
      stop: async () => {
        await clock?.stop();
        const saved = await save().then(
          () => undefined,
          (error: unknown) => ({ error }),
        );
        // Of what could not be saved Anvil has the only copy; of a directory that is gone nobody wants one.
        if (saved && existsSync(directory) && (await anvil.isRunning())) throw saved.error;
        await anvil.stop();
      },
    };
  } catch (error) {
    // One that was taken over has what happened since it was saved: the next start may do better.
    if (!anvil.isAdopted) await anvil.stop();
    throw error;
  }
}

/** Ends the Anvil that a process which was killed has left running on a directory, if there is one. */
export async function endLeftAnvil(directory: string): Promise<boolean> {
  const anvil = await adoptAnvil(directory, EVM_CHAIN_ID);
  if (!anvil) return false;
  await saveState(directory, anvil.rpc);
  await anvil.stop();
  return true;
}

type Controls = Omit<EvmDevnet, 'addresses' | 'account' | 'keyFile' | 'isAdopted' | 'stop'>;

function controls(rpc: JsonRpcProvider, clock: BlockClock | undefined): Controls {
  const run = async (method: string, ...params: unknown[]): Promise<void> => {
    try {
      await rpc.send(method, params);
    } catch (error) {
      throw new AnvilRefusedError({ method, cause: error });
    }
  };
  return {
    mine: async (blocks) => run('anvil_mine', toQuantity(blocks)),
    reorganize: async (depth) => run('anvil_reorg', depth, []),
    dropTransactions: async () => run('anvil_dropAllTransactions'),
    setBaseFee: async (wei) => run('anvil_setNextBlockBaseFeePerGas', toQuantity(wei)),
    pauseMining: async () => {
      await clock?.pause();
      await run('evm_setAutomine', false);
    },
    resumeMining: async () => {
      await run('evm_setAutomine', true);
      await run('evm_mine');
      clock?.resume();
    },
    fund: async (address, wei) =>
      run('anvil_setBalance', address, toQuantity((await rpc.getBalance(address)) + wei)),
  };
}

function accountOf(keyFile: string): EvmAccount {
  if (existsSync(keyFile)) return accountSchema.parse(JSON.parse(readFileSync(keyFile, 'utf8')));
  const { address, privateKey } = Wallet.createRandom();
  writePrivately(keyFile, JSON.stringify({ address, privateKey }, null, 2));
  return { address, privateKey };
}

// The contracts of this directory, put on the chain when they are not there.
async function registriesOf(
  directory: string,
  rpc: JsonRpcProvider,
  account: EvmAccount,
): Promise<DeployedRegistries> {
  const file = join(directory, 'contracts.json');
  const known = existsSync(file)
    ? registriesSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    : undefined;
  if (known && (await haveCode(rpc, Object.values(known)))) return known;
  await rpc.send('anvil_setBalance', [account.address, toQuantity(ACCOUNT_WEI)]);
  const deployed = await deployRegistries(new Wallet(account.privateKey, rpc));
  writePrivately(file, JSON.stringify(deployed, null, 2));
  return deployed;
}

async function haveCode(rpc: JsonRpcProvider, addresses: readonly string[]): Promise<boolean> {
  const codes = await Promise.all(addresses.map(async (address) => rpc.getCode(address)));
  return codes.every((code) => code !== NO_CODE);
}

// Whole or not at all: what Anvil writes by itself is cut off when it is killed in the middle.
async function saveState(directory: string, rpc: JsonRpcProvider): Promise<void> {
  const dump = (await rpc.send('anvil_dumpState', [])) as string;
  writePrivately(stateFile(directory), gunzipSync(getBytes(dump)));
}
