import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { AkashDevnet } from '@371os/devnet';
import { guestNamed, OWNER } from '@371os/kernel';
import { akashOf, type Deployments } from '@371os/plugin-akash';
import { tasksOf, type Task } from '@371os/plugin-tasks';
import { treasuryOf } from '@371os/plugin-treasury';
import { startTestDevnet, type TestDevnet } from '../support/akash-devnet.ts';
import { AkashAgent } from './agent-fixture.ts';

const REQUEST = 'deploy nginx:alpine with half a cpu and 512Mi for at most 5 dollars a month in eu';

let network: TestDevnet;
let devnet: AkashDevnet;
let agent: AkashAgent;
let deployments: Deployments;
beforeAll(async () => {
  network = await startTestDevnet(50);
  ({ devnet } = network);
  agent = await AkashAgent.start({ ...network.settings, AKASH_ANSWER_MS: '1' });
  deployments = await (await akashOf(agent.runtime)).deployments();
}, 60_000);
afterEach(() => {
  setBids({});
});
afterAll(async () => {
  await agent.runtime.stop();
  await network.stop();
});

function setBids(fault: Parameters<AkashDevnet['faults']['setProvider']>[1]): void {
  for (const { name } of devnet.addresses.providers) devnet.faults.setProvider(name, fault);
}

/** The first task from now on of which that is true. */
async function taskThat(isIt: (task: Task) => boolean): Promise<Task> {
  const tasks = await tasksOf(agent.runtime);
  return new Promise((resolve) => {
    const end = tasks.onChange((task) => {
      if (!isIt(task)) return;
      end();
      resolve(task);
    });
  });
}

const idIn = (text: string): string => /\/approve ([0-9A-Z]{8})/.exec(text)?.[1] ?? text;
const balance = (denom: string): bigint =>
  devnet.chain.state.bank.balance(devnet.tenant.address, denom);
const onChain = (): { state: string }[] =>
  devnet.chain.state.deployments.all(devnet.tenant.address);

/** Begins a deployment that no provider bids on, and waits until the chain has it. */
async function beginStuck(): Promise<string> {
  setBids({ noBids: true });
  const before = onChain().length;
  const id = idIn(await agent.ask(OWNER, REQUEST));
  expect(await agent.ask(OWNER, `/approve ${id}`)).toMatch(/begun, and it goes on/);
  await new Promise<void>((resolve) => {
    const end = devnet.chain.onBlock(() => {
      if (onChain().length === before) return;
      end();
      resolve();
    });
  });
  return id;
}

/** Nothing is open or reserved, and what is gone from the account is in the ledger to the last uact. */
async function expectAllBack(id: string, before: { uact: bigint; uakt: bigint }): Promise<void> {
  expect(onChain().every(({ state }) => state === 'closed')).toBe(true);
  expect(balance('uact')).toBe(before.uact);
  const treasury = await treasuryOf(agent.runtime);
  const { caps } = await treasury.summary();
  expect(caps.every(({ reservedPico }) => reservedPico === 0n)).toBe(true);
  const fees = (await treasury.ledger({ task: id })).filter(({ model }) => model === 'fee');
  const entered = fees.map(({ priceId = '' }) =>
    BigInt(/^(\d+) uakt at 0\./.exec(priceId)?.[1] ?? 0),
  );
  expect(entered.reduce((sum, one) => sum + one, 0n)).toBe(before.uakt - balance('uakt'));
  const { state, feesPico } = await deployments.get(id);
  expect(state).toBe('CLOSED');
  expect(fees.reduce((sum, { costPico }) => sum + costPico, 0n)).toBe(feesPico);
}

test('a deployment whose task is canceled stops before its next step, and all comes back', async () => {
  const before = { uact: balance('uact'), uakt: balance('uakt') };
  const id = await beginStuck();
  const closed = taskThat(({ text, state }) => text.startsWith('Close') && state === 'COMPLETED');
  const tasks = await tasksOf(agent.runtime);
  const [task] = await tasks.list({ agent: 'akash', states: ['WORKING'] });
  expect(await agent.ask(guestNamed('ann'), `/cancel ${String(task?.id)}`)).toMatch(/Only/);
  expect(await agent.ask(OWNER, `/cancel ${String(task?.id)}`)).toMatch(/CANCELED/);
  expect((await closed).answer).toMatch(/is closed/);
  await expectAllBack(id, before);
}, 30_000);

test('closing one that is being deployed stops it, whoever carries it out', async () => {
  const before = { uact: balance('uact'), uakt: balance('uakt') };
  const id = await beginStuck();
  const asked = await agent.ask(OWNER, `close deployment ${id}`);
  expect(asked).toMatch(/stopped before its next step; what has been paid in comes back/);
  const closed = taskThat(({ text, state }) => text.startsWith('Close') && state === 'COMPLETED');
  await agent.ask(OWNER, `/approve ${idIn(asked)}`);
  await closed;
  await expectAllBack(id, before);
  expect(await agent.ask(OWNER, `close deployment ${id}`)).toMatch(/closed already/);
}, 30_000);
