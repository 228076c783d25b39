// npm run devnet: runs the embedded networks on this machine until a signal ends them, or says where
// they run already. `--json` prints where everything is as one JSON object; `--stop` ends the devnet
// that runs on the directory.
import './launcher/environment-defaults.ts';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { environment, readSettings } from '@371os/kernel';
import {
  DevnetControl,
  devnetSettings,
  endLeftovers,
  findDevnet,
  runDevnet,
  type DevnetInfo,
  type DevnetRun,
} from '@371os/devnet';
import { DEVNET_IMAGES } from './devnet/images.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      stop: { type: 'boolean', default: false },
    },
  });
  const settings = readSettings(devnetSettings, environment);
  if (values.stop) await stopRunning(resolve(settings.DEVNET_DIR));
  else await run(await runDevnet({ settings, images: DEVNET_IMAGES }), values.json);
}

async function run({ info, own }: DevnetRun, isJson: boolean): Promise<void> {
  const isRunningElsewhere = own === undefined;
  say(
    isJson ? JSON.stringify({ ...info, isRunningElsewhere }) : describe(info, isRunningElsewhere),
  );
  if (!own) return;
  const signal = new Promise((done) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, done);
  });
  await Promise.race([own.stopRequested, signal]);
  await own.stop();
  if (!isJson) say('371OS devnet stopped');
}

async function stopRunning(directory: string): Promise<void> {
  const info = await findDevnet(directory);
  if (info) await new DevnetControl(info).stop();
  const isAnyLeft = !info && (await endLeftovers(directory));
  say(
    info
      ? `Stopped process ${String(info.pid)}.`
      : `No devnet runs on ${directory}.${isAnyLeft ? ' Ended what one that was killed had left.' : ''}`,
  );
}

function describe(
  { akash, evm, ipfs, controlUrl, pid, directory }: DevnetInfo,
  isElsewhere: boolean,
): string {
  return [
    `Akash chain ${akash.chainId}: RPC ${akash.rpcUrl}, REST ${akash.restUrl}, gRPC ${akash.grpcUrl}`,
    ...akash.providers.map(({ name, address, hostUri }) => `  ${name}: ${hostUri} ${address}`),
    `Account with coins: ${akash.tenant}, its key is in ${akash.tenantKeyFile}`,
    `EVM chain ${evm.chainId}: RPC ${evm.rpcUrl}`,
    `  ERC-8004: identity ${evm.identityRegistry}, reputation ${evm.reputationRegistry}`,
    `Account with coins: ${evm.address}, its key is in ${evm.keyFile}`,
    `IPFS node ${ipfs.peerId}: RPC ${ipfs.apiUrl}, gateway ${ipfs.gatewayUrl}`,
    `Control: ${controlUrl}`,
    isElsewhere
      ? `371OS devnet runs already: process ${String(pid)} on ${directory}`
      : `371OS devnet ready on ${directory}`,
  ].join('\n');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
