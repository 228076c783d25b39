import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonRpcProvider, parseEther, Wallet } from 'ethers';
import { startEvmDevnet, type EvmDevnet } from '@371os/devnet';

const POLL_MS = 10;

/** A chain with the registries on it, which makes a block for each transaction. */
export interface TestEvm extends EvmDevnet {
  readonly provider: JsonRpcProvider;
  /** A new account with 100 ETH. */
  fundedWallet(): Promise<Wallet>;
}

export async function startTestEvm(): Promise<TestEvm> {
  const directory = mkdtempSync(join(tmpdir(), '371os-evm-'));
  const evm = await startEvmDevnet({ directory, isKept: false, blockTimeMs: 0, port: 0 });
  const { chainId, rpcUrl } = evm.addresses;
  // Neither held back to be sent together with others, nor answered from a cache.
  const options = { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 };
  const provider = new JsonRpcProvider(rpcUrl, chainId, options);
  provider.pollingInterval = POLL_MS;
  return {
    ...{ ...evm, provider },
    fundedWallet: async () => {
      const { privateKey, address } = Wallet.createRandom();
      await evm.fund(address, parseEther('100'));
      return new Wallet(privateKey, provider);
    },
    stop: async () => {
      provider.destroy();
      await evm.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
