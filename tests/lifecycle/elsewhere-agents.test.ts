import { expect, test } from '@jest/globals';
import { ElsewhereAgents, readClaim, replicaName } from '@371os/plugin-lifecycle';
import {
  remoteAgents,
  type RemoteAgent,
} from '../../plugins/plugin-lifecycle/src/domain/presence.ts';

const PROFILE = {
  ...{ role: 'CTO', examples: ['Fix it'], capabilities: ['fixing'], concurrency: 4 },
  ...{ isLocal: true, statedRatePico: '12345678901234567890' },
};

function agents(...remote: Partial<RemoteAgent>[]): ElsewhereAgents {
  const profile = JSON.stringify(PROFILE);
  const usual = { name: 'Zara', profile, generation: 1, isThere: true, machine: 'here' };
  return new ElsewhereAgents({
    machine: 'here',
    remoteAgents: () => remote.map((one) => ({ ...usual, ...one })),
    onChange: () => () => undefined,
  });
}

test('what another process publishes is its profile here, exact to the last digit', () => {
  expect(agents({}).list()).toEqual([
    {
      ...PROFILE,
      ...{ name: 'Zara', isThere: true, isElsewhere: true },
      statedRatePico: 12_345_678_901_234_567_890n,
    },
  ]);
});

test('nothing private goes to another machine, nor to nobody', () => {
  const list = agents(
    { name: 'Ada', machine: 'there' },
    { name: 'Bob', machine: undefined },
    { name: 'Cleo', machine: 'here' },
  ).list();
  expect(list.map(({ isLocal }) => isLocal)).toEqual([false, false, true]);
});

test('what cannot be understood is not shown', () => {
  for (const profile of [
    '',
    'null',
    '{}',
    '{"role":7}',
    JSON.stringify({ ...PROFILE, concurrency: 0 }),
  ])
    expect(agents({ profile }).list()).toEqual([]);
});

test('one that works elsewhere is not asked here', async () => {
  await expect(agents({}).deliver({ agent: 'Zara' })).rejects.toThrow('works in another process');
});

test('an agent and its replicas are one, there while one of them is', () => {
  const replicas = [{ name: 'Zara', isThere: false }, { name: 'Zara#1' }, { name: 'Zara#2' }];
  expect(agents(...replicas).list()).toMatchObject([
    { name: 'Zara', isThere: true, concurrency: 8, isLocal: true },
  ]);
  expect(agents({ name: 'Zara' }, { name: 'Zara#1', machine: 'there' }).list()).toMatchObject([
    { name: 'Zara', concurrency: 8, isLocal: false },
  ]);
  expect(agents({ name: 'Zara#1', isThere: false }).list()).toMatchObject([
    { name: 'Zara', isThere: false, concurrency: 4 },
  ]);
});

test('a replica is there for work that waits until it has come back, unless nobody calls it', () => {
  const sign = { nodeId: undefined, generation: 1, profile: '{}' };
  const own = { nodeId: 'me', isAlive: () => true };
  const there = (agent: string): boolean[] => {
    const states = ['starting', 'draining', 'idle', 'lost', 'left'];
    const signs = states.map((state) => ({ ...sign, agent, state }));
    return remoteAgents(signs, [], own).map(({ isThere }) => isThere);
  };
  expect(there('Zara#1')).toEqual([true, true, true, true, false]);
  expect(there('Zara')).toEqual([false, false, false, false, false]);
});

test.each([
  ['CMO Kai#2', { agent: 'CMO Kai', index: 2 }],
  ['CMO Kai', { agent: 'CMO Kai', index: 0 }],
  ['Agent #2', { agent: 'Agent #2', index: 0 }],
  ['Kai#0', { agent: 'Kai#0', index: 0 }],
])('%s is the claim of', (claim, read) => {
  expect(readClaim(claim)).toEqual(read);
  if (read.index > 0) expect(replicaName(read.agent, read.index)).toBe(claim);
});
