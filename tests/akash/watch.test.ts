import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AkashDevnet } from '@371os/devnet';
import { LeaseClosedReason } from '@akashnetwork/chain-sdk/private-types/akash.v1';
import { OWNER } from '@371os/kernel';
import { akashOf, type Deployment } from '@371os/plugin-akash';
import { tasksOf } from '@371os/plugin-tasks';
import { startTestDevnet, type TestDevnet } from '../support/akash-devnet.ts';
import { AkashAgent } from './agent-fixture.ts';

const REQUEST = 'deploy nginx:alpine with half a cpu and 512Mi for at most 5 dollars a month in eu';

let network: TestDevnet;
let devnet: AkashDevnet;
let agent: AkashAgent;
let first: Deployment;
beforeAll(async () => {
  network = await startTestDevnet(250);
  ({ devnet } = network);
  agent = await AkashAgent.start({
    ...network.settings,
    ...{ AKASH_MORE_BIDS_MS: '1000', AKASH_WATCH_MS: '500' },
    // More than the deposit pays for, and within the month.
    AKASH_RUNWAY_HOURS: '300',
  });
  const id = /\/approve ([0-9A-Z]{8})/.exec(await agent.ask(OWNER, REQUEST))?.[1] ?? 'no id';
  await agent.ask(OWNER, `/approve ${id}`);
  first = await (await (await akashOf(agent.runtime)).deployments()).get(id);
}, 120_000);
afterAll(async () => {
  await agent.runtime.stop();
  await network.stop();
});

/** The first task that ends well and is about so much, from now on. */
async function taskThatEnds(isIt: (text: string) => boolean): Promise<string> {
  const tasks = await tasksOf(agent.runtime);
  return new Promise((resolve) => {
    const end = tasks.onChange(({ state, text, answer }) => {
      if (state !== 'COMPLETED' || !isIt(text)) return;
      end();
      resolve(answer);
    });
  });
}

function depositOf(dseq: string): bigint {
  const accounts = devnet.chain.state.escrow.accounts();
  const account = accounts.find(({ xid }) => xid.endsWith(`/${dseq}`));
  return (account?.deposits ?? []).reduce((sum, { amount }) => sum + amount, 0n);
}

test('an escrow that does not last long enough is topped up, within what the month may cost', async () => {
  const tasks = await tasksOf(agent.runtime);
  const topped = taskThatEnds((text) => text.startsWith('Keep deployment'));
  const before = await tasks.list({ states: ['COMPLETED'] });
  if (!before.some(({ text }) => text.startsWith('Keep deployment'))) await topped;
  const deposit = depositOf(first.dseq ?? '');
  expect(deposit).toBeGreaterThan(500_000n);
  expect(deposit).toBeLessThanOrEqual(5_000_000n);
  const said = await agent.ask(OWNER, 'hello');
  expect(said).toMatch(
    new RegExp(`Deployment ${first.id} is paid ahead for [\\d.]+ days only\\. It is .*topped up`),
  );
  expect(await agent.ask(OWNER, 'hello')).not.toContain('paid ahead');
}, 60_000);

test('a lease that ends is closed once and placed with another provider', async () => {
  const moved = taskThatEnds((text) => text.startsWith('Carry out'));
  const id = { owner: devnet.tenant.address, dseq: first.dseq ?? '' };
  await devnet.closeLeases(id, LeaseClosedReason.lease_closed_reason_unstable);
  await moved;
  const deployments = await (await akashOf(agent.runtime)).deployments();
  const now = await deployments.get(first.id);
  expect(now.state).toBe('ACTIVE');
  expect(now.dseq).not.toBe(first.dseq);
  expect(now.placements[0]?.provider).not.toBe(first.placements[0]?.provider);
  const open = devnet.chain.state.deployments.all(id.owner);
  expect(open.flatMap(({ state, dseq }) => (state === 'active' ? [dseq] : []))).toEqual([now.dseq]);
  expect(await deployments.strangers()).toEqual([]);
  expect(await agent.ask(OWNER, 'hello')).toMatch(
    /its lease at provider akash\w+ has been lost: given up by the provider, .* \(reason 10000\)/,
  );
}, 90_000);
