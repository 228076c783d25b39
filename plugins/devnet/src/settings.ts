import { integerSetting } from '@371os/kernel';
import { z } from 'zod';

const port = (preset: number): z.ZodDefault<z.ZodType<number>> =>
  integerSetting(0, 65_535).default(preset);
const wait = (preset: number): z.ZodDefault<z.ZodType<number>> =>
  integerSetting(10, 3_600_000).default(preset);

/** Settings of the devnet's process, from the environment or `.env`. */
export const devnetSettings = z.object({
  /** Where its state, keys and log are. */
  DEVNET_DIR: z.string().min(1).default('.371os/devnet'),
  /** Milliseconds between blocks of the chains; on the real Akash it is 6,000. */
  DEVNET_BLOCK_MS: wait(1000),
  /** Milliseconds after which a provider withdraws a bid that nobody takes. */
  DEVNET_BID_LIFETIME_MS: wait(300_000),
  /** Milliseconds after which it closes a lease that no manifest comes for. */
  DEVNET_MANIFEST_TIMEOUT_MS: wait(60_000),
  /** Wanted ports of 127.0.0.1; another one is taken when somebody has it, and 0 is any. */
  DEVNET_AKASH_RPC_PORT: port(26_657),
  DEVNET_AKASH_REST_PORT: port(1317),
  DEVNET_AKASH_GRPC_PORT: port(9090),
  DEVNET_AKASH_CONSOLE_PORT: port(3080),
  /** Of the first provider's gateway; the others follow. */
  DEVNET_AKASH_GATEWAY_PORT: port(8443),
  DEVNET_EVM_PORT: port(8545),
  DEVNET_IPFS_API_PORT: port(5001),
  DEVNET_IPFS_GATEWAY_PORT: port(8080),
  /** How many MiB of blocks the IPFS node keeps; more is refused. */
  DEVNET_IPFS_MEBIBYTES: integerSetting(1, 1_048_576).default(1024),
  DEVNET_CONTROL_PORT: port(3719),
});

export type DevnetSettings = Readonly<z.output<typeof devnetSettings>>;
