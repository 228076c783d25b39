import { expect, test } from '@jest/globals';
import { ElsewhereAgents } from '@371os/plugin-lifecycle';
import type { RemoteAgent } from '../../plugins/plugin-lifecycle/src/domain/presence.ts';

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
  const list = agents({ machine: 'there' }, { machine: undefined }, { machine: 'here' }).list();
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
