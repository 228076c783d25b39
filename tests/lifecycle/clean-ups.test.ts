import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Character, IAgentRuntime, UUID } from '@elizaos/core';
import { OWNER } from '@371os/kernel';
import lifecyclePlugin, { lifecycleOf, provideAgentHost } from '@371os/plugin-lifecycle';
import type { LifecycleService } from '@371os/plugin-lifecycle';
import { answering, gate, RoutedCompany } from '../router/company-fixture.ts';
import { eventually } from '../support/eventually.ts';

const ASKED = { requester: OWNER };
const WAIT_MS = 120_000;

let company: RoutedCompany;
let frontDesk: IAgentRuntime;
let desk: Awaited<ReturnType<LifecycleService['desk']>>;
let isHostBroken = false;
const working = gate();

beforeAll(async () => {
  company = await RoutedCompany.start({ LIFECYCLE_SWEEP_MS: '1000', LIFECYCLE_DRAIN_MS: '500' }, [
    lifecyclePlugin,
  ]);
  provideAgentHost({ startAgent: startHere });
  frontDesk = company.agent('Front Desk');
  desk = await (await lifecycleOf(frontDesk)).desk();
}, WAIT_MS);
afterAll(async () => {
  working.open();
  await company.stop();
}, WAIT_MS);

async function startHere({ name, settings = {}, id }: Character): Promise<void> {
  const works = answering(() => working.opened.then(() => 'Done.'));
  await company.hireAs(id as UUID, name, settings, works, [lifecyclePlugin]);
  // ElizaOS has given it a room by now.
  if (isHostBroken) throw new RangeError('the host is out of memory');
}

async function create(name: string, state: string): Promise<UUID> {
  const { agentId } = await desk.create({ name }, ASKED, true);
  await eventually(async () => {
    expect(await desk.find(agentId)).toMatchObject({ state });
  });
  return agentId as UUID;
}

async function retire(name: string): Promise<void> {
  const { approval } = await desk.retire(name, undefined, ASKED);
  await company.treasury.grant(approval.id, { principal: OWNER });
}

// ElizaOS gives each agent a room of its own id.
function inOwnRoom(agentId: UUID): Promise<UUID[]> {
  return frontDesk.getParticipantsForRoom(agentId);
}

/** Puts an agent that has ended back into its room, and waits until it was found there. */
async function sweepFinds(agentId: UUID): Promise<void> {
  await frontDesk.addParticipant(agentId, agentId);
  expect(await inOwnRoom(agentId)).toContain(agentId);
  await eventually(async () => {
    expect(await inOwnRoom(agentId)).not.toContain(agentId);
  });
}

test(
  'an agent that is retired leaves the rooms that it made, too',
  async () => {
    const id = await create('Guest', 'ready');
    expect(await inOwnRoom(id)).toContain(id);
    await retire('Guest');
    expect(await inOwnRoom(id)).not.toContain(id);
  },
  WAIT_MS,
);

test(
  'rooms of an agent whose creation failed are found and left; who lives stays in theirs',
  async () => {
    const living = await create('Living', 'ready');
    isHostBroken = true;
    const failed = await create('Failed', 'failed');
    isHostBroken = false;
    await sweepFinds(failed);
    expect(await inOwnRoom(living)).toContain(living);
    expect(await inOwnRoom(frontDesk.agentId)).toContain(frontDesk.agentId);
  },
  WAIT_MS,
);

test(
  'tasks go by a name: who has it now keeps theirs, whatever became of the one before',
  async () => {
    const first = await create('Twin', 'ready');
    await retire('Twin');
    await create('Twin', 'ready');
    const { id } = await company.tasks.submit({
      ...{ agent: 'Twin', text: 'count the chairs', roomId: randomUUID(), isConfidential: false },
      requester: { id: OWNER.id, role: 'owner' },
    });
    await sweepFinds(first);
    await sweepFinds(first);
    expect(await company.tasks.get(id)).toMatchObject({ state: 'WORKING' });
    working.open();
    await eventually(async () => {
      expect(await company.tasks.get(id)).toMatchObject({ state: 'COMPLETED' });
    });
  },
  WAIT_MS,
);
