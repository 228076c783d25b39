// A deployment from its plan until it answers, beside a bare script that makes the same calls; and
// fifty at once, which must all run, be closed, and give back to the last uact what they did not use.
// On a devnet in a process of its own.
import '../../scripts/launcher/environment-defaults.ts';
import { readFileSync } from 'node:fs';
import { StargateClient } from '@cosmjs/stargate';
import { DevnetControl, findOrStartDevnet } from '@371os/devnet/client';
import { OWNER } from '@371os/kernel';
import { akashOf } from '@371os/plugin-akash';
import { treasuryOf } from '@371os/plugin-treasury';
import { AkashAgent } from '../akash/agent-fixture.ts';
import { BareDeployer } from './bare-deployment.ts';
import { withDirectory } from './launch-company.ts';
import { median, millisecondsOf, report, tell } from './report.ts';

process.env['LOG_LEVEL'] = 'fatal';

const ROUNDS = 5;
const AT_ONCE = 50;
const POLL_MS = 100;
const REGION = 'eu-central';
const DEVNET = [
  process.execPath,
  '--conditions=@371os/source',
  'scripts/main.js',
  'devnet',
] as const;
// On ports of its own, with blocks that come as soon as those of a quick chain.
const PORTS = [
  'AKASH_RPC',
  'AKASH_REST',
  'AKASH_GRPC',
  'AKASH_CONSOLE',
  'AKASH_GATEWAY',
  'CONTROL',
];
const EVERY_PORT = [...PORTS, 'EVM', 'IPFS_API', 'IPFS_GATEWAY'];

await withDirectory(async (directory) => {
  const info = await findOrStartDevnet({
    ...{ directory, command: DEVNET },
    workingDirectory: new URL('../../', import.meta.url).pathname,
    environment: {
      ...process.env,
      ...Object.fromEntries(EVERY_PORT.map((name) => [`DEVNET_${name}_PORT`, '0'])),
      DEVNET_BLOCK_MS: String(POLL_MS),
    },
  });
  try {
    await measure(info);
  } finally {
    await new DevnetControl(info).stop();
  }
});
process.exit(0);

async function measure({ akash: info }: Awaited<ReturnType<typeof findOrStartDevnet>>) {
  const { privateKey } = JSON.parse(readFileSync(info.tenantKeyFile, 'utf8')) as {
    privateKey: string;
  };
  const agent = await AkashAgent.start({
    ...{ AKASH_RPC_URL: info.rpcUrl, AKASH_CHAIN_ID: info.chainId, AKASH_KEY: privateKey },
    ...{ AKASH_CONSOLE_URL: info.consoleUrl, AKASH_POLL_MS: String(POLL_MS) },
    // The first offer is taken, as the bare script does.
    ...{ AKASH_MORE_BIDS_MS: '1', AKASH_ANSWER_MS: '600000' },
    TREASURY_AKASH_CAP_USD: '1000',
  });
  const akash = await akashOf(agent.runtime);
  const { approvals } = await treasuryOf(agent.runtime);
  const deployments = await akash.deployments();
  const bare = await BareDeployer.of({ info, privateKey, pollMs: POLL_MS });
  const chain = await StargateClient.connect(info.rpcUrl);
  const uact = async (): Promise<bigint> =>
    BigInt((await chain.getBalance(info.tenant, 'uact')).amount);

  const deploy = async (): Promise<string> => {
    const fields = { dockerImage: 'nginx:alpine', ports: '80/http', maxCost: '5', regions: REGION };
    const planned = await akash.planner.plan({
      fields: { ...fields, cpu: '0.5', memory: '512Mi', storage: '1Gi' },
    });
    const { id } = await akash.requestApproval(planned, { requester: OWNER });
    await approvals.grant(id, { principal: OWNER });
    const { state, failure = '' } = await deployments.get(id);
    if (state !== 'ACTIVE') throw new RangeError(`deployment ${id} is ${state}: ${failure}`);
    return id;
  };
  const close = async (id: string): Promise<void> => {
    const { state } = await akash.outcomeOf(await deployments.close(id));
    if (state !== 'COMPLETED') throw new RangeError(`closing ${id} ended ${state}`);
  };

  const [ours, theirs]: [number[], number[]] = [[], []];
  await close(await deploy());
  // In turn, so that a machine that slows down slows both.
  for (let round = 1; round <= ROUNDS; round += 1) {
    tell(`deployment ${String(round)} of ${String(ROUNDS)}`);
    let id = '';
    ours.push(
      await millisecondsOf(async () => {
        id = await deploy();
      }),
    );
    await close(id);
    const begin = performance.now();
    await bare.deploy(REGION, () => theirs.push(performance.now() - begin));
  }
  report({
    bench: 'a deployment, from its plan until it answers',
    ...{ unit: 'ms', value: median(ours) },
    ...{ baseline: 'bare script, same calls', baselineValue: median(theirs) },
  });

  tell(`${String(AT_ONCE)} deployments at once`);
  const before = await uact();
  let ids: string[] = [];
  const together = await millisecondsOf(async () => {
    ids = await Promise.all(Array.from({ length: AT_ONCE }, deploy));
  });
  for (const id of ids) {
    const [endpoint = ''] = (await deployments.get(id)).placements.flatMap((one) => one.endpoints);
    const { status } = await fetch(endpoint);
    if (status !== 200) throw new RangeError(`${id} answers ${String(status)}`);
  }
  await Promise.all(ids.map(close));
  const states = await Promise.all(ids.map((id) => deployments.status(id)));
  const spent = states.reduce((sum, { onChain }) => sum + (onChain?.spentUact ?? 0n), 0n);
  const after = await uact();
  if (after + spent !== before)
    throw new RangeError(`${String(before - after - spent)} uact are missing from the escrows`);
  report({
    bench: `a deployment of ${String(AT_ONCE)} at once, all closed, no uact lost`,
    ...{ unit: 'ms', value: together / AT_ONCE },
    ...{ baseline: 'one alone', baselineValue: median(ours) },
  });
  await agent.runtime.stop();
}
