// Registrations by the plugin, from the plan to the answer, beside what a bare script does with
// ethers and kubo-rpc-client: add a file, send register(uri), wait for its block. Then a verified
// read beside one that believes what it gets. Anvil and an IPFS node on loopback serve both in turn.
import { Contract, type Wallet } from 'ethers';
import { create } from 'kubo-rpc-client';
import { IDENTITY_REGISTRY } from '@371os/contracts';
import { OWNER } from '@371os/kernel';
import type { AgentProfile } from '@371os/plugin-registry';
import { treasuryOf } from '@371os/plugin-treasury';
import { RegistryAgent, startTestNetworks } from '../registry/agent-fixture.ts';
import { median, millisecondsOf, report, tell } from './report.ts';

const WARM_UP = 3;
const REGISTRATIONS = 30;
const READS = 100;
const WAIT_MS = 30_000;

const networks = await startTestNetworks();
const agent = await RegistryAgent.start('Bench', networks.settings);
const { registry, runtime } = agent;
const { approvals } = await treasuryOf(runtime);
const { publications } = await registry.account();
const ipfs = create({ url: networks.ipfs.apiUrl });
const { identityRegistry } = networks.evm.addresses;
const wallet: Wallet = await networks.evm.fundedWallet();
const contract = new Contract(identityRegistry, IDENTITY_REGISTRY.abi, wallet);

const profileOf = (index: number): AgentProfile => ({
  ...{ name: `Agent ${String(index)}`, description: 'Does research.', agentType: 'agent' },
  ...{ services: [], x402Support: false, supportedTrust: ['reputation'], credentials: [] },
  capabilities: [{ toolId: 'research', name: 'research', description: 'research' }],
  ...{ initialReputation: { overall: 0.5 }, status: 'active' },
});

async function register(index: number): Promise<void> {
  const profile = profileOf(index);
  const named = { did: `did:371minds:${crypto.randomUUID()}`, name: profile.name, profile };
  const plan = await publications.plan(named, 'register');
  const { id } = await registry.requestApproval(plan, { requester: OWNER });
  const answer = await approvals.grant(id, { principal: OWNER });
  if (!answer.includes('is registered as agent')) throw new RangeError(answer);
}

async function registerBarely(index: number): Promise<void> {
  const { cid } = await ipfs.add(JSON.stringify(profileOf(index)), { cidVersion: 1 });
  const send = contract.getFunction('register(string)');
  const sent = (await send(`ipfs://${cid.toString()}`)) as {
    wait(confirms: number, timeoutMs: number): Promise<unknown>;
  };
  await sent.wait(1, WAIT_MS);
}

async function readBarely(id: string): Promise<void> {
  const uri = (await contract.getFunction('tokenURI')(BigInt(id))) as string;
  const chunks = await Array.fromAsync(ipfs.cat(uri.replace('ipfs://', '')));
  JSON.parse(Buffer.concat(chunks).toString());
}

const [ours, bare]: [number[], number[]] = [[], []];
for (let index = 0; index < WARM_UP + REGISTRATIONS; index += 1) {
  // In turn, so that a machine that slows down slows both.
  const [own, barely] = [
    await millisecondsOf(() => register(index)),
    await millisecondsOf(() => registerBarely(index)),
  ];
  if (index < WARM_UP) continue;
  ours.push(own);
  bare.push(barely);
}
tell(`${String(REGISTRATIONS)} registrations each way`);

const [verified, believed]: [number[], number[]] = [[], []];
for (let index = 0; index < READS; index += 1) {
  verified.push(await millisecondsOf(() => registry.read('0')));
  believed.push(await millisecondsOf(() => readBarely('0')));
}

const sum = (times: readonly number[]): number => times.reduce((total, one) => total + one, 0);
const aSecond = (times: readonly number[]): number => (times.length * 1_000) / sum(times);
const sends = 'bare ethers and kubo-rpc-client';
report({
  ...{ bench: 'a registration, p50', unit: 'ms', baseline: sends },
  ...{ value: median(ours), baselineValue: median(bare) },
});
report({
  ...{ bench: 'registrations, one after the other', unit: 'a second', baseline: sends },
  ...{ value: aSecond(ours), baselineValue: aSecond(bare) },
});
report({
  ...{ bench: 'a verified read, p50', unit: 'ms', baseline: 'an unverified one' },
  ...{ value: median(verified), baselineValue: median(believed) },
});
await runtime.stop();
await networks.stop();
process.exit(0);
