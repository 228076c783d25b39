import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AkashDevnet } from '@371os/devnet';
import { OWNER } from '@371os/kernel';
import { akashOf, type Deployment } from '@371os/plugin-akash';
import { treasuryOf } from '@371os/plugin-treasury';
import { startTestDevnet, type TestDevnet } from '../support/akash-devnet.ts';
import { AkashAgent } from './agent-fixture.ts';

const REQUEST = 'deploy nginx:alpine with half a cpu and 512Mi for at most 5 dollars a month in eu';
const UACT_AT_FIRST = 500_000_000n;

let network: TestDevnet;
let devnet: AkashDevnet;
let agent: AkashAgent;
beforeAll(async () => {
  network = await startTestDevnet(50);
  ({ devnet } = network);
  agent = await AkashAgent.start(network.settings);
}, 60_000);
afterAll(async () => {
  await agent.runtime.stop();
  await network.stop();
});

async function deploy(): Promise<Deployment> {
  const id = /\/approve ([0-9A-Z]{8})/.exec(await agent.ask(OWNER, REQUEST))?.[1] ?? 'no id';
  const told: unknown[] = [];
  const answer = await agent.ask(OWNER, `/approve ${id}`, ({ kind, text }) => {
    if (kind === 'progress') told.push(text);
  });
  expect(answer).toMatch(/runs: http:/);
  expect(told.slice(-3)).toEqual([
    'choosing the best offer and leasing',
    'sending the manifest to the provider',
    'waiting until the service answers',
  ]);
  return (await (await akashOf(agent.runtime)).deployments()).get(id);
}

test('what is approved runs, its cost is in the ledger, and closing it gives the rest back', async () => {
  const deployment = await deploy();
  const [placement] = deployment.placements;
  expect(placement?.reasons.join()).toMatch(/it was up (100|99\.\d) % of seven days/);
  const page = await fetch(placement?.endpoints[0] ?? '');
  expect(page.status).toBe(200);
  const treasury = await treasuryOf(agent.runtime);
  const rows = await treasury.ledger({ category: 'akash' });
  expect(rows.map(({ model }) => model).sort()).toEqual(['fee', 'lease']);
  const fee = rows.find(({ model }) => model === 'fee');
  const [, uakt = '', rate = ''] = /^(\d+) uakt at 0\.(\d{6}) USD/.exec(fee?.priceId ?? '') ?? [];
  expect(fee?.costPico).toBe(BigInt(uakt) * BigInt(rate));

  const deployments = await (await akashOf(agent.runtime)).deployments();
  const service = await akashOf(agent.runtime);
  const closed = await service.outcomeOf(await deployments.close(deployment.id));
  expect(closed).toMatchObject({ state: 'COMPLETED' });
  const { state, rentPico, feesPico } = await deployments.get(deployment.id);
  expect(state).toBe('CLOSED');
  const onChain = await deployments.status(deployment.id);
  const balance = devnet.chain.state.bank.balance(devnet.tenant.address, 'uact');
  expect(balance + (onChain.onChain?.spentUact ?? 0n)).toBe(UACT_AT_FIRST);
  const entered = (await treasury.ledger({ category: 'akash' })).reduce(
    (sum, { costPico }) => sum + costPico,
    0n,
  );
  expect(entered).toBe(rentPico + feesPico);
  const { caps } = await treasury.summary();
  expect(caps.every(({ reservedPico }) => reservedPico === 0n)).toBe(true);
}, 120_000);
