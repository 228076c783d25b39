import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { LeaseClosedReason } from '@akashnetwork/chain-sdk/private-types/akash.v1';
import type { IAgentRuntime } from '@elizaos/core';
import { CompanyClient, TokenRefusedError } from '@371os/client';
import { OWNER, parseUsd } from '@371os/kernel';
import akashPlugin, { akashOf, type Json } from '@371os/plugin-akash';
import lifecyclePlugin, {
  AkashHosting,
  HostedAgents,
  SqlAssignments,
  tokensFrom,
  type HostedAgent,
  type Place,
} from '@371os/plugin-lifecycle';
import { Database } from '../../plugins/plugin-lifecycle/src/store/database.ts';
import { DEVNET_IMAGES } from '../../scripts/devnet/images.ts';
import { RoutedCompany } from '../router/company-fixture.ts';
import { startTestDevnet, type TestDevnet } from '../support/akash-devnet.ts';
import { eventually } from '../support/eventually.ts';
import { rowsWith } from '../support/search-database.ts';

const START_MS = 240_000;
const SECRET = 'what-all-tokens-of-hosted-agents-are-made-of';
const KEY = 'lifecycle/agent-7/provision/1';
const UACT_AT_FIRST = 500_000_000n;
const PICO_PER_UACT = 1_000_000n;
const CHARACTER = JSON.parse(
  readFileSync(new URL('../../characters/cmo-kai.json', import.meta.url), 'utf8'),
) as Record<string, Json>;
const AGENT: HostedAgent = { id: 'agent-7', name: 'CMO Kai', generation: 1, character: CHARACTER };
const ASKED = { requesterId: OWNER.id, roomId: crypto.randomUUID() };

let network: TestDevnet;
let company: RoutedCompany;
let frontDesk: IAgentRuntime;
let hosting: AkashHosting;
let hosted: HostedAgents;
let plan: Json;
let place: Place;
const tokenOf = tokensFrom(SECRET);

beforeAll(async () => {
  network = await startTestDevnet(100, DEVNET_IMAGES);
  // As the launcher does: ElizaOS keeps in its database what stands in a character.
  process.env['LIFECYCLE_SECRET'] = SECRET;
  company = await RoutedCompany.start({ ...network.settings, AKASH_WATCH_MS: '500' }, [
    ...[akashPlugin, lifecyclePlugin],
  ]);
  frontDesk = company.agent('Front Desk');
  hosting = new AkashHosting({ runtime: frontDesk, now: Date.now });
  const { treasury } = company;
  const book = new SqlAssignments(new Database(frontDesk.db as never));
  hosted = new HostedAgents({
    ...{ hosting, treasury, tokenOf, book, worstCasePico: parseUsd('0.50') },
    isOver: () => Promise.resolve(true),
  });
  company.router.directory.join(hosted);
}, START_MS);

afterAll(async () => {
  delete process.env['LIFECYCLE_SECRET'];
  await company.stop();
  await network.stop();
}, START_MS);

function openOnChain(): string[] {
  const { chain, tenant } = network.devnet;
  const all = chain.state.deployments.all(tenant.address);
  return all.flatMap(({ state, dseq }) => (state === 'active' ? [dseq] : []));
}

async function provision(
  signal: AbortSignal,
  onProgress?: (words: string) => void,
): Promise<Place> {
  return hosting.provision(AGENT, plan, { key: KEY, ...ASKED, signal, onProgress });
}

describe('an agent that is hosted on Akash', () => {
  test('is quoted first: what it may cost, and a plan without any secret', async () => {
    const quote = await hosting.quote(AGENT, { regions: ['eu'], maxMonthlyUsd: '8' });
    expect(quote.monthlyPico).toBe(parseUsd('8'));
    expect(quote.lines).toContain('Leases: one, in eu.');
    expect(quote.lines).toContain(
      'Secrets are filled in when it is deployed: agent-token-agent-7-1.',
    );
    expect(JSON.stringify(quote.plan)).not.toContain(tokenOf(AGENT));
    expect(openOnChain()).toEqual([]);
    ({ plan } = quote);
  });

  test('cannot be, when nobody could ever know its token', async () => {
    const id = 'an id with spaces';
    await expect(hosting.quote({ ...AGENT, id }, {})).rejects.toThrow(
      /cannot be hosted: an id has/,
    );
    expect(() => tokensFrom(undefined)).toThrow(/set LIFECYCLE_SECRET to a secret/);
  });

  test(
    'is placed once, however often that is begun, and answers as ready',
    async () => {
      const givenUp = new AbortController();
      const first = provision(givenUp.signal, (words) => {
        if (words.includes('waiting for offers'))
          givenUp.abort(new RangeError('the caller has died'));
      });
      await expect(first).rejects.toThrow('the caller has died');
      const { signal } = new AbortController();
      const told: string[] = [];
      const [one, other] = await Promise.all([
        provision(signal, (words) => told.push(words)),
        provision(signal),
      ]);
      expect(other).toEqual(one);
      place = one;
      expect(openOnChain()).toEqual([place.dseq]);
      expect(await hosting.deploymentOf(KEY)).toBe(place.deploymentId);
      expect(await hosting.find(place.deploymentId)).toEqual(place);
      expect(place).toMatchObject({ region: 'eu-central', monthlyPico: parseUsd('8') });
      expect(told.at(-1)).toBe('waiting until the agent is ready');
      hosted.admit({
        ...{ id: AGENT.id, generation: AGENT.generation, deploymentId: place.deploymentId },
        profile: {
          ...{ name: AGENT.name, role: 'CMO_MONETIZATION', examples: ['What is our ROI?'] },
          ...{ capabilities: ['pricing'], concurrency: 2, isThere: true },
        },
      });
    },
    START_MS,
  );

  test('does a task that the company gives it, under the same id, and is paid from its budget', async () => {
    const text = 'Spring campaign: spent 1000, earned 1150';
    const reply = await company.router.ask({
      text,
      principal: OWNER,
      room: 'main',
      agent: 'CMO Kai',
    });
    const [task] = reply.tasks;
    expect(task).toMatchObject({ agent: 'CMO Kai', state: 'COMPLETED', costPico: 0n });
    expect(task?.answer).toContain('1.15');
    const there = new CompanyClient({ url: place.endpoint, token: tokenOf(AGENT) });
    expect(await there.getTask(task?.id ?? '')).toMatchObject({ text, answer: task?.answer });
    const rows = await company.treasury.ledger({ task: task?.id });
    expect(rows).toMatchObject([{ provider: 'hosted', agent: 'CMO Kai', user: OWNER.id }]);
    const { caps } = await company.treasury.summary();
    const llm = caps.filter(({ category }) => category === 'llm');
    expect(llm.every(({ reservedPico }) => reservedPico === 0n)).toBe(true);
  }, 60_000);

  test('lets nobody in with another token, that of an earlier generation among them', async () => {
    const old = tokenOf({ ...AGENT, generation: 0 });
    for (const token of [old, SECRET]) {
      const stranger = new CompanyClient({ url: place.endpoint, token });
      await expect(stranger.listAgents()).rejects.toThrow(TokenRefusedError);
    }
  });

  test(
    'is found by the next task where it is, after its lease was lost',
    async () => {
      const { devnet } = network;
      const id = { owner: devnet.tenant.address, dseq: place.dseq };
      await devnet.closeLeases(id, LeaseClosedReason.lease_closed_reason_unstable);
      await eventually(async () => {
        expect(await hosting.find(place.deploymentId)).not.toEqual(place);
      });
      const before = place;
      place = await provision(new AbortController().signal);
      expect(place.deploymentId).toBe(before.deploymentId);
      expect(place.provider).not.toBe(before.provider);
      expect(openOnChain()).toEqual([place.dseq]);
      const text = 'Autumn campaign: spent 1000, earned 1100';
      const { tasks } = await company.router.ask({
        ...{ text, principal: OWNER, room: 'main', agent: 'CMO Kai' },
      });
      expect(tasks).toMatchObject([{ state: 'COMPLETED' }]);
      expect(tasks[0]?.answer).toContain('1.1');
    },
    START_MS,
  );

  test('has its token in no table, and the room hears of its deployment from nobody else', async () => {
    const { db } = frontDesk as unknown as { db: Parameters<typeof rowsWith>[0] };
    expect(await rowsWith(db, 'agent-token-agent-7-1')).not.toEqual([]);
    expect(await rowsWith(db, tokenOf(AGENT))).toEqual([]);
    expect(await rowsWith(db, SECRET)).toEqual([]);
    expect(await company.heard()).not.toContain(place.deploymentId);
  });

  test(
    'is closed once: refunded, with no process left, and asked for nothing more',
    async () => {
      const { signal } = new AbortController();
      const closed = await hosting.close(place.deploymentId, { signal });
      expect(closed?.refundedUact).toBeGreaterThan(0n);
      expect(await hosting.close(place.deploymentId, { signal })).toEqual({
        ...{ refundedUact: undefined, costPico: closed?.costPico },
      });
      expect(await hosting.close('0A00A000', { signal })).toBeUndefined();
      expect(await hosting.find(place.deploymentId)).toBeUndefined();
      expect(openOnChain()).toEqual([]);
      await expect(fetch(place.endpoint)).rejects.toThrow();

      const { devnet } = network;
      const deployments = await (await akashOf(frontDesk)).deployments();
      const { rentPico } = await deployments.get(place.deploymentId);
      const balance = devnet.chain.state.bank.balance(devnet.tenant.address, 'uact');
      expect(balance + rentPico / PICO_PER_UACT).toBe(UACT_AT_FIRST);
      const { caps } = await company.treasury.summary();
      expect(caps.every(({ reservedPico }) => reservedPico === 0n)).toBe(true);

      const text = 'Summer campaign: spent 1000, earned 1300';
      const { tasks } = await company.router.ask({
        ...{ text, principal: OWNER, room: 'main', agent: 'CMO Kai' },
      });
      expect(tasks).toMatchObject([{ state: 'FAILED' }]);
      expect(tasks[0]?.answer).toContain('is not hosted elsewhere, or not any more');
    },
    START_MS,
  );
});
