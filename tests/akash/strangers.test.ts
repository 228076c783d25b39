import { LeaseClosedReason } from '@akashnetwork/chain-sdk/private-types/akash.v1';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AkashDevnet } from '@371os/devnet';
import { guestNamed, OWNER, type Principal } from '@371os/kernel';
import { akashOf, type Deployments } from '@371os/plugin-akash';
import { tasksOf } from '@371os/plugin-tasks';
import { treasuryOf } from '@371os/plugin-treasury';
import { sql } from 'drizzle-orm';
import { startTestDevnet, type TestDevnet } from '../support/akash-devnet.ts';
import { eventually } from '../support/eventually.ts';
import { AkashAgent } from './agent-fixture.ts';

const REQUEST = 'deploy nginx:alpine with half a cpu and 512Mi for at most 5 dollars a month in eu';
const admin: Principal = { id: 'telegram:5', role: 'admin', proof: 'platform' };

let network: TestDevnet;
let devnet: AkashDevnet;
let agent: AkashAgent;
let deployments: Deployments;
// Numbers of what was made before the database was lost.
let kept = '';
let closed = '';
beforeAll(async () => {
  network = await startTestDevnet(50);
  ({ devnet } = network);
  agent = await AkashAgent.start({ ...network.settings, AKASH_WATCH_MS: '300' });
  for (let count = 0; count < 2; count += 1) await ask(`/approve ${idIn(await ask(REQUEST))}`);
  const database = agent.runtime.db as { execute(statement: unknown): Promise<unknown> };
  for (const table of ['deployments', 'numbers', 'transactions'])
    await database.execute(sql.raw(`DELETE FROM akash.${table}`));
  [kept = '', closed = ''] = active();
  deployments = await (await akashOf(agent.runtime)).deployments();
}, 120_000);
afterAll(async () => {
  await agent.runtime.stop();
  await network.stop();
});

const idIn = (text: string): string => /\/approve ([0-9A-Z]{8})/.exec(text)?.[1] ?? text;
const active = (): string[] =>
  devnet.chain.state.deployments
    .all(devnet.tenant.address)
    .flatMap(({ state, dseq }) => (state === 'active' ? [dseq] : []));
const ask = (text: string, who: Principal = OWNER): Promise<string> => agent.ask(who, text);

async function reserved(): Promise<bigint> {
  const { caps } = await (await treasuryOf(agent.runtime)).summary();
  return caps.find(({ category }) => category === 'akash')?.reservedPico ?? 0n;
}

/** The answers to small talk until one of them fits. */
async function newsThat(isIt: (text: string) => boolean, who?: Principal): Promise<string> {
  let heard = '';
  await eventually(async () => {
    heard = await ask('hello', who);
    expect(isIt(heard)).toBe(true);
  });
  return heard;
}

test('what nobody here made is offered once to a person with the right', async () => {
  const isOffer = (text: string): boolean => text.includes(`adopt deployment ${kept}`);
  const offer = await newsThat(isOffer);
  expect(offer).toMatch(/leased for \$\d+\.\d\d a month, \$\d+\.\d\d in escrow, 0 days old/);
  expect(offer).toContain(`close deployment ${closed}`);
  expect(await ask('hello')).not.toContain(kept);
  expect(await ask('hello', guestNamed('ann'))).not.toContain(kept);
  const list = await agent.act(OWNER, 'LIST_DEPLOYMENTS', {});
  expect(list.text).toMatch(/^Nothing is deployed on Akash\.\nNot ours yet: /);
  expect(list.data?.['notOurs']).toEqual(
    [kept, closed].map((dseq) => expect.objectContaining({ dseq, isLeased: true })),
  );
});

test.each([
  ['adopt deployment KEPT for at most 1 cent a month', /costs up to .* more than that/],
  ['adopt deployment 17', /number 17 is none of our key/],
  ['close deployment 17', /number 17 is none of our key/],
  ['adopt our deployment', /Which deployment is to be adopted\?/],
])('%s is refused', async (words, reason) => {
  const text = words.replace('KEPT', kept);
  expect(await ask(text)).toMatch(reason);
  expect(await ask(text, guestNamed('ann'))).toMatch(/^Only the owner or an admin may/);
});

test('one is adopted once the owner says so: its month is reserved, and it is looked after', async () => {
  const before = await reserved();
  const asked = await ask(`adopt deployment ${kept} for at most 4 dollars a month`, admin);
  expect(asked).toMatch(/at most \$4\.00 a month.*nobody here has its SDL/);
  expect(await ask(`/approve ${idIn(asked)}`, admin)).toMatch(/Only the owner/);
  expect(await ask(`/approve ${idIn(asked)}`)).toMatch(/is looked after as \w{8}/);
  const [adopted] = await deployments.list();
  expect(adopted).toMatchObject({ state: 'ACTIVE', dseq: kept, agent: 'CTO Zara' });
  const page = await fetch(adopted?.placements[0]?.endpoints[0] ?? '');
  expect(page.status).toBe(200);
  expect(await reserved()).toBe(before + 4_000_000_000_000n);
  expect(await ask(`adopt deployment ${kept}`)).toContain(`is deployment ${String(adopted?.id)}`);
  expect(await ask(`update ${String(adopted?.id)} to nginx:1.29`)).toMatch(
    /was adopted, and nobody here has its SDL: it cannot be updated/,
  );
  expect(await ask(`how is ${String(adopted?.id)}?`)).toMatch(/it can be topped up and closed/);
});

test('the others are closed at a word, and what is left comes back', async () => {
  const asked = await ask('close all unknown deployments');
  expect(asked).toContain(`Close deployment number ${closed}: `);
  expect(await ask(`/approve ${idIn(asked)}`)).toMatch(/is closed\. \d+ uact .* came back/);
  expect(active()).toEqual([kept]);
  const [first] = await deployments.list();
  const spent = (await deployments.status(first?.id ?? '')).onChain?.spentUact ?? 0n;
  const ledger = await (await treasuryOf(agent.runtime)).ledger({ task: first?.id });
  const rent = ledger.filter(({ model }) => model === 'lease');
  expect(rent.reduce((sum, { costPico }) => sum + costPico, 0n)).toBe(spent * 1_000_000n);
  expect(ledger.some(({ model }) => model === 'fee')).toBe(true);
  expect(await ask('close all unknown deployments')).toMatch(/nothing open that is not known/);
  expect(await ask(`close deployment ${closed}`)).toMatch(/is closed already/);
});

test('an adopted one whose lease is lost is closed, and that is told once', async () => {
  const tasks = await tasksOf(agent.runtime);
  const ended = Promise.withResolvers<undefined>();
  tasks.onChange(({ text, state }) => {
    if (text.startsWith('Close deployment') && state === 'COMPLETED') ended.resolve(undefined);
  });
  const id = { owner: devnet.tenant.address, dseq: kept };
  await devnet.closeLeases(id, LeaseClosedReason.lease_closed_reason_unstable);
  await ended.promise;
  expect(active()).toEqual([]);
  // Who had it adopted hears of it.
  const news = await newsThat((text) => text.includes('has been lost'), admin);
  expect(news).toMatch(/reason 10000\)\. It was adopted.*It is being closed/);
  expect(await ask('hello', admin)).not.toContain('lost');
}, 60_000);
