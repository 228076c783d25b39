import type { Memory } from '@elizaos/core';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AkashDevnet } from '@371os/devnet';
import {
  guestNamed,
  inConversation,
  OWNER,
  startConversation,
  type Principal,
} from '@371os/kernel';
import { akashOf, type Deployment } from '@371os/plugin-akash';
import { treasuryOf } from '@371os/plugin-treasury';
import { startTestDevnet, type TestDevnet } from '../support/akash-devnet.ts';
import { AkashAgent } from './agent-fixture.ts';

const REQUEST = 'deploy nginx:alpine with half a cpu and 512Mi for at most 5 dollars a month in eu';
const UNKNOWN = 'K7QP2M3A';
const admin: Principal = { id: 'telegram:5', role: 'admin', proof: 'platform' };
const guest = guestNamed('ann');

let network: TestDevnet;
let devnet: AkashDevnet;
let agent: AkashAgent;
let id: string;
let answer: string;
beforeAll(async () => {
  network = await startTestDevnet(50);
  ({ devnet } = network);
  agent = await AkashAgent.start(network.settings);
  id = idIn(await agent.ask(OWNER, REQUEST));
  answer = await agent.ask(OWNER, `/approve ${id}`);
}, 120_000);
afterAll(async () => {
  await agent.runtime.stop();
  await network.stop();
});

const idIn = (text: string): string => /\/approve ([0-9A-Z]{8})/.exec(text)?.[1] ?? text;
const ask = (text: string, who = OWNER): Promise<string> => agent.ask(who, text);
const kept = async (): Promise<Deployment> =>
  (await (await akashOf(agent.runtime)).deployments()).get(id);
const waiting = async (): Promise<number> =>
  (await (await treasuryOf(agent.runtime)).approvals.pending()).length;
const escrow = async (): Promise<number> => {
  const { onChain } = await (await (await akashOf(agent.runtime)).deployments()).status(id);
  return Number((onChain?.fundsUact ?? 0n) + (onChain?.spentUact ?? 0n));
};
// Funds and rent are cut off to whole uact.
const WITHIN_FIVE = -1;

test('what was deployed says where it is, what it costs and saves, and what there is not', async () => {
  const { dseq, placements } = await kept();
  const [{ provider, gseq, oseq, endpoints } = { endpoints: [] as string[] }] = placements;
  expect(answer).toContain(`(number ${String(dseq)} on chain) runs: ${String(endpoints[0])}`);
  const lease = [devnet.tenant.address, dseq, gseq, oseq, provider].join('/');
  expect(answer).toContain(`- Lease: ${lease}`);
  expect(answer).toMatch(/in eu-[a-z]+\./);
  expect(answer).toMatch(/- Cost: \$\d+\.\d\d a month \(at most \$5\.00\)/);
  expect(answer).toMatch(/AWS Fargate .*at list price of 2026-06-17; Akash is [\d.]+ % cheaper/);
  expect(answer).toMatch(/Paid ahead for \d/);
  expect(answer).toContain('It does not scale by itself: one copy runs');
  expect(answer).toContain('There are no metrics and there is no dashboard of it.');
  const status = await agent.act(OWNER, 'DEPLOYMENT_STATUS', { id });
  expect(status.data).toMatchObject({ state: 'ACTIVE', leases: [{ leaseId: lease }] });
  const page = await fetch(
    (status.data?.['leases'] as { endpoints: string[] }[])[0]?.endpoints[0] ?? '',
  );
  expect(page.status).toBe(200);
});

describe('asking by chat', () => {
  test.each([
    ['how are our deployments?', /nginx:alpine, active at http:/],
    ['list deployments', /nginx:alpine, active at http:/],
    ['what do we have on akash?', /nginx:alpine, active at http:/],
    ['how is our deployment?', /runs: http:/],
    [`status of deployment ${UNKNOWN}`, /There is no deployment K7QP2M3A/],
    [`logs of ${UNKNOWN}`, /There is no deployment K7QP2M3A/],
    [`close deployment ${UNKNOWN}`, /There is no deployment K7QP2M3A/],
    [`top up ${UNKNOWN} with 2 dollars`, /There is no deployment K7QP2M3A/],
    ['close all deployments', /^Which deployment is to be closed\? Name one by its id: /],
    ['top up our deployment with 2 dollars', /^Which deployment is to be topped up\?/],
    ['status of deployment no-such-1', /There is no deployment no-such-1/],
  ])('%s', async (words, expected) => {
    expect(await ask(words)).toMatch(expected);
    expect(await waiting()).toBe(0);
  });

  test('ids may be typed in small letters', async () => {
    expect(await ask(`how is ${id.toLowerCase()}?`)).toContain(`Deployment ${id}`);
  });

  test('logs are the last lines of its services', async () => {
    expect(await ask(`show me the last 5 lines of the logs of ${id}`)).toMatch(
      new RegExp(`^(?:Last lines of deployment ${id}:\\n|Deployment ${id} has written nothing)`),
    );
  });

  test.each(['how are our deployments?', 'logs of ID', 'close deployment ID', 'how is ID?'])(
    'a guest who says "%s" learns nothing',
    async (words) => {
      const said = await ask(words.replace('ID', id), guest);
      expect(said).toMatch(/^Only the owner or an admin may/);
      expect(said).not.toContain('http');
    },
  );
});

describe('topping up', () => {
  test('is paid once the owner says so, and not by an admin', async () => {
    const before = await escrow();
    const asked = await ask(`top up ${id} with 50 cents`, admin);
    expect(asked).toContain(`Pay $0.50 into the escrow of deployment ${id}`);
    const order = idIn(asked);
    expect(await ask(`/approve ${order}`, admin)).toMatch(/Only the owner/);
    expect(await escrow()).toBeCloseTo(before, WITHIN_FIVE);
    expect(await ask(`/approve ${order}`)).toMatch(/has been topped up by \$0\.50/);
    expect(await escrow()).toBeCloseTo(before + 500_000, WITHIN_FIVE);
    expect(await ask(`/approve ${order}`)).toMatch(/carried out already/);
    expect(await escrow()).toBeCloseTo(before + 500_000, WITHIN_FIVE);
  });

  test.each([
    [`top up ID with 6 dollars`, /may cost \$5\.00 a month.*Nothing was paid/],
    [`top up ID`, /How many US dollars/],
    [`top up ID with -2 dollars`, /"-2" is not an amount/],
    [`top up ID with 0 dollars`, /How many US dollars/],
  ])('%s is refused before anybody is asked', async (words, expected) => {
    expect(await ask(words.replace('ID', id))).toMatch(expected);
    expect(await waiting()).toBe(0);
  });

  test('is sent again when it got lost, and paid once', async () => {
    const before = await escrow();
    devnet.faults.setChain({ dropTransactions: 1 });
    const order = idIn(await ask(`top up ${id} with 25 cents`));
    expect(await ask(`/approve ${order}`)).toMatch(/topped up by \$0\.25/);
    expect(devnet.faults.chain.dropTransactions).toBe(0);
    expect(await escrow()).toBeCloseTo(before + 250_000, WITHIN_FIVE);
  }, 30_000);

  test('two that fit alone and not together are not both paid', async () => {
    const [first, second] = [
      idIn(await ask(`top up ${id} with 2.5 dollars`)),
      idIn(await ask(`top up ${id} with 2.5 dollars`)),
    ];
    expect(await ask(`/approve ${first}`)).toMatch(/topped up by \$2\.50/);
    const before = await escrow();
    expect(await ask(`/approve ${second}`)).toMatch(/Nothing was paid/);
    expect(await escrow()).toBeCloseTo(before, WITHIN_FIVE);
  });
});

describe('updating', () => {
  test('runs another image with another variable on the same lease', async () => {
    const before = await kept();
    const asked = await ask(`update ${id} to nginx:1.29 with LOG_LEVEL=debug`, admin);
    expect(asked).toContain(`Update deployment ${id} to nginx:1.29: it keeps its lease and price`);
    expect(await ask(`/approve ${idIn(asked)}`)).toMatch(/runs nginx:1\.29 now, at http:/);
    const after = await kept();
    expect(after.dseq).toBe(before.dseq);
    expect(after.placements[0]?.provider).toBe(before.placements[0]?.provider);
    expect(JSON.stringify(after.plan?.sdl)).toContain('"LOG_LEVEL=debug"');
    const page = await fetch(after.placements[0]?.endpoints[0] ?? '');
    expect(page.status).toBe(200);
  });

  test.each([
    [`update ID to 4 GiB of memory`, /^Memory of deployment \w+ cannot be updated/],
    [`update ID`, /Which image or variables is it to run\?/],
    [`update ID to $(reboot):1`, /is not the name of an image/],
    [`update ID with PASSWORD=hunter2`, /A secret is written out/],
    [`update ID service web to nginx:1.29`, /Which service .* It has: nginx\./],
  ])('%s is refused', async (words, expected) => {
    expect(await ask(words.replace('ID', id))).toMatch(expected);
    expect(await waiting()).toBe(0);
  });

  test('an SDL with other resources needs a deployment of its own', async () => {
    const sdl = JSON.stringify((await kept()).plan?.sdl).replace('"500m"', '"600m"');
    const { text } = await agent.act(OWNER, 'UPDATE_DEPLOYMENT', { id, sdl });
    expect(text).toMatch(/^Resources, placement and prices of deployment/);
  });
});

describe('those who may know', () => {
  const provided = async (role: Principal): Promise<string> => {
    const message = { content: { text: 'hello' }, entityId: agent.runtime.agentId } as Memory;
    const { get } = agent.runtime.providers.find(({ name }) => name === 'DEPLOYMENTS')!;
    const state = { values: {}, data: {}, text: '' };
    const { text = '' } = await inConversation(startConversation({ principal: role }), () =>
      get(agent.runtime, message, state),
    );
    return text;
  };

  test('have the deployments in their prompts, others do not', async () => {
    await ask('how are our deployments?');
    expect(await provided(admin)).toMatch(new RegExp(`${id}: nginx.*paid ahead for [\\d.]+ days`));
    expect(await provided(guest)).toBe('');
  });
});

describe('closing', () => {
  test('is confirmed once by the owner, and gives the rest back', async () => {
    const asked = await ask(`please close deployment ${id}`);
    expect(asked).toMatch(/ends for good/);
    expect((await kept()).state).toBe('ACTIVE');
    expect(await ask(`/approve ${idIn(asked)}`)).toMatch(/is closed\. \d+ uact .* came back/);
    expect((await kept()).state).toBe('CLOSED');
  });

  test('a second time says that it is closed', async () => {
    expect(await ask(`close deployment ${id}`)).toBe(
      `Deployment ${id} is closed already: nothing of it is open.`,
    );
    expect(await ask(`top up ${id} with 1 dollar`)).toMatch(/is closed: it cannot be topped up/);
    expect(await ask(`logs of ${id}`)).toMatch(/is closed: it cannot be asked for its logs/);
    expect(await ask('how are our deployments?')).toBe('Nothing is deployed on Akash.');
  });
});

test('what ends while nobody waits is told once, in the room of the one who asked', async () => {
  const said: string[] = [];
  const heard = new Promise<void>((resolve) => {
    agent.runtime.registerSendHandler('test', (_runtime, _target, { text = '' }) => {
      said.push(text);
      resolve();
      return Promise.resolve();
    });
  });
  const next = idIn(await ask(REQUEST));
  expect(await ask(`/approve ${next}`)).toMatch(/runs: http:/);
  const service = await akashOf(agent.runtime);
  const task = await (await service.deployments()).close(next);
  await heard;
  await service.outcomeOf(task);
  expect(said).toEqual([expect.stringMatching(new RegExp(`^Deployment ${next} is closed`))]);
}, 60_000);
