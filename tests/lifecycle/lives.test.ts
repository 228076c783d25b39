import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringToUuid, type Character, type UUID } from '@elizaos/core';
import { inConversation, OWNER, startConversation, type Principal } from '@371os/kernel';
import lifecyclePlugin, { lifecycleOf, provideAgentHost } from '@371os/plugin-lifecycle';
import registryPlugin from '@371os/plugin-registry';
import type { LifecycleService } from '@371os/plugin-lifecycle';
import { startTestNetworks, type TestNetworks } from '../registry/agent-fixture.ts';
import { answering, gate, RoutedCompany } from '../router/company-fixture.ts';
import { eventually } from '../support/eventually.ts';

type Desk = Awaited<ReturnType<LifecycleService['desk']>>;

const START_MS = 120_000;
const STRANGER: Principal = { id: 'guest:mallory', role: 'guest', proof: 'token' };
const ADMIN: Principal = { id: 'telegram:7', role: 'admin', proof: 'platform' };
const ASKED = { requester: OWNER };

let networks: TestNetworks;
let company: RoutedCompany;
let desk: Desk;
let isHostBroken = false;
let works: (text: string) => Promise<string>;

beforeAll(async () => {
  networks = await startTestNetworks();
  company = await RoutedCompany.start(
    { ...networks.settings, LIFECYCLE_MAX_AGENTS: '4', LIFECYCLE_DRAIN_MS: '1500' },
    [registryPlugin, lifecyclePlugin],
  );
  // What a host with plugins of its own does: here they are loaded already.
  provideAgentHost({ startAgent: (character) => startHere(character) });
  desk = await (await lifecycleOf(company.agent('Front Desk'))).desk();
}, START_MS);

afterAll(async () => {
  await company.stop();
  await networks.stop();
}, START_MS);

async function startHere({ name, settings = {}, id }: Character): Promise<void> {
  if (isHostBroken) throw new RangeError('the host is out of memory');
  await company.hireAs(
    id as UUID,
    name,
    settings,
    answering((text) => works(text)),
    [lifecyclePlugin],
  );
}

beforeAll(() => {
  works = (text) => Promise.resolve(`Done: ${text}`);
});

async function create(name: string, more: object = {}): Promise<void> {
  const { agentId } = await desk.create({ name, agentType: 'Analyst', ...more }, ASKED, true);
  await ready(agentId);
}

async function ready(id: string): Promise<void> {
  await eventually(async () => {
    expect(await desk.find(id)).toMatchObject({ state: 'ready', progress: '' });
  });
}

function ask(agent: string): { principal: Principal; room: string; agent: string } {
  return { principal: OWNER, room: 'main', agent };
}

async function retire(name: string): Promise<string> {
  const { approval } = await desk.retire(name, undefined, ASKED);
  return company.treasury.grant(approval.id, { principal: OWNER });
}

async function journalOf(name: string): Promise<string[]> {
  const { journal } = await desk.status(name, OWNER);
  return journal.map(({ to }) => to);
}

describe('an agent is created', () => {
  test('from a chat, once the owner approves the plan: registered, started, ready', async () => {
    const plan = await company.command(
      'Create an agent called Analyst with the capabilities data analysis and reports at 0.05 USD',
    );
    expect(plan).toContain('Plan (nothing is done yet): Create the agent Analyst (AGENT).');
    expect(plan).toContain('price: 0.05 USD');
    expect(await desk.list()).toHaveLength(1);
    const [, id = ''] = /\/approve (\w+)/.exec(plan) ?? [];
    const answer = await company.command(`/approve ${id}`);
    expect(answer).toContain('Analyst (AGENT) is ready.');
    const { registration, generation, state } = await desk.find('Analyst');
    expect({ generation, state }).toEqual({ generation: 1, state: 'ready' });
    expect(answer).toContain(`ipfs://${registration?.cid ?? ''}`);
    expect(answer).toContain(registration?.transactionHash);
    expect(await journalOf('Analyst')).toEqual(['creating', 'initialising', 'ready']);
  });

  test('and takes tasks at once, at the price that it states', async () => {
    const { tasks } = await company.router.ask({
      ...{ text: 'count the visitors', principal: OWNER, room: 'main', agent: 'Analyst' },
    });
    expect(tasks).toMatchObject([{ agent: 'Analyst', state: 'COMPLETED' }]);
    expect(await company.command('/agents')).toMatch(/Analyst \(AGENT\).*\$0\.00 a task/);
    const { performance } = await desk.status('Analyst', OWNER);
    expect(performance).toMatchObject({ completed: 1, failed: 0, queued: 0 });
  });

  test('by nobody but the owner and admins, whatever a stranger says', async () => {
    for (const text of ['create an agent called Evil', '/retire Analyst', '/restart Analyst']) {
      const [answer = ''] = await company.say(text, STRANGER, stringToUuid('stranger'));
      expect(answer).toMatch(/[Oo]nly the owner or an admin/);
    }
    await expect(desk.create({ name: 'Evil' }, { requester: STRANGER }, true)).rejects.toThrow(
      /Only the owner or an admin may have agents created/,
    );
    expect((await desk.list()).map(({ name }) => name)).toEqual(['Analyst', 'Front Desk']);
  });

  test('for an admin only with the owner’s word', async () => {
    const { approval, isBegun } = await desk.create({ name: 'Nova' }, { requester: ADMIN }, true);
    expect(isBegun).toBe(false);
    await expect(company.treasury.grant(approval.id, { principal: ADMIN })).rejects.toThrow(
      /Only the owner may approve/,
    );
    await company.treasury.approvals.decline(approval.id, { principal: OWNER });
  });

  test.each<[string, object, RegExp]>([
    ['a name that somebody has', { name: 'ANALYST' }, /There is an agent called Analyst already/],
    ['a name that looks like one', { name: 'Аnalyst' }, /There is an agent called Analyst already/],
    ['a name with more spaces', { name: 'Front  Desk' }, /called Front Desk already/],
    ['the name of a role', { name: 'CFO' }, /"CFO" is a role, by which others are asked for/],
    ['the name of whoever asks', { name: 'Owner' }, /"Owner" means somebody else/],
    ['the name of the queue of creations', { name: 'lifecycle' }, /means .* a part of the company/],
    [
      'a second front desk',
      { name: 'X', character: { settings: { ROUTER_FRONT_DESK: true } } },
      /settings.ROUTER_FRONT_DESK: the company has one front desk/,
    ],
    [
      'a setting that is no number',
      { name: 'X', settings: { TASKS_CONCURRENCY: 'many' } },
      /settings.TASKS_CONCURRENCY: "many" is not valid/,
    ],
    [
      'a misspelt setting',
      { name: 'X', settings: { TASKS_CONCURENCY: 2 } },
      /settings.TASKS_CONCURENCY: .*Did you mean TASKS_CONCURRENCY\?/,
    ],
    [
      'a plugin that is not there',
      { name: 'X', character: { plugins: ['@371os/nowhere'] } },
      /@371os\/nowhere is not installed here: add it/,
    ],
    ['unknown keys in its character', { name: 'X', character: { lore: 'x' } }, /character: .*lore/],
    [
      'a plugin that is a file of this machine',
      { name: 'X', character: { plugins: ['/tmp/evil.js'] } },
      /plugins are named by their package/,
    ],
    [
      'somebody to bring back who never was',
      { name: 'X', from: 'Nobody' },
      /No agent called "Nobody" has ended, .*None has yet/,
    ],
    [
      'somebody to bring back who lives',
      { name: 'X', from: 'Analyst' },
      /Analyst is ready and cannot/,
    ],
    ['a place on Akash without the plugin', { name: 'X', hosting: 'akash' }, /plugin-akash/],
  ])('is refused with %s', async (_what, request, problem) => {
    await expect(desk.create(request, ASKED, true)).rejects.toThrow(problem);
  });

  test('and no more of them than a company may have', async () => {
    await create('Second', { register: false });
    await create('Third', { register: false });
    const many = Array.from({ length: 50 }, (_, index) =>
      desk.create({ name: `Agent ${String(index)}`, register: false }, ASKED, true),
    );
    const outcomes = await Promise.allSettled(many);
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    await expect(many[0]).rejects.toThrow(/The company has its 4 agents/);
    await retire('Second');
    await retire('Third');
  });

  test('and no more of them, when all ask before the first is there', async () => {
    const names = ['First', 'Other', 'Another', 'Last'];
    const asked = names.map((name) => desk.create({ name, register: false }, ASKED, false));
    const plans = await Promise.all(asked);
    const made = await Promise.all(
      plans.map(({ approval }) => company.treasury.grant(approval.id, { principal: OWNER })),
    );
    expect(made.filter((said) => said.includes('is ready'))).toHaveLength(2);
    const [refusal] = made.filter((said) => said.includes('was not created'));
    expect(refusal).toMatch(/nothing of it is left\. The company has its 4 agents/);
    for (const { name } of await desk.list()) if (names.includes(name)) await retire(name);
  });

  test('once, when two want the same name in the same moment', async () => {
    const twins = [1, 2].map(() => desk.create({ name: 'Twin', register: false }, ASKED, true));
    const outcomes = await Promise.allSettled(twins);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(Promise.all(twins)).rejects.toThrow(/There is an agent called Twin already/);
    await ready('Twin');
    expect(
      (await desk.list({ isOverToo: true })).filter(({ name }) => name === 'Twin'),
    ).toHaveLength(1);
    await retire('Twin');
  });

  test('wholly or not at all: what failed leaves no name, no agent, no active registration', async () => {
    isHostBroken = true;
    const { agentId } = await desk.create({ name: 'Unlucky' }, ASKED, true);
    await eventually(async () => {
      expect(await desk.find(agentId)).toMatchObject({ state: 'failed' });
    });
    isHostBroken = false;
    expect(await journalOf(agentId)).toEqual(['creating', 'initialising', 'failed']);
    expect((await desk.status(agentId, OWNER)).journal.at(-1)?.cause).toContain('was taken back: ');
    expect(await desk.find(agentId)).toMatchObject({ registration: { status: 'retired' } });
    expect((await desk.list()).some(({ name }) => name === 'Unlucky')).toBe(false);
    expect(() => company.agent('Unlucky')).toThrow();
    await create('Unlucky');
    await retire('Unlucky');
  });
});

describe('an agent is restarted', () => {
  test('with what it knows, as another generation', async () => {
    const before = company.agent('Analyst');
    const answer = await company.command('/restart Analyst');
    expect(answer).toContain('Analyst (AGENT) is ready again.');
    expect(company.agent('Analyst')).not.toBe(before);
    expect(company.agent('Analyst').agentId).toBe(before.agentId);
    expect(await desk.find('Analyst')).toMatchObject({ generation: 2 });
    expect((await journalOf('Analyst')).slice(-4)).toEqual([
      ...['draining', 'stopped', 'initialising', 'ready'],
    ]);
  });

  test('but not the front desk, which does it', async () => {
    await expect(desk.restart('Front Desk', ASKED)).rejects.toThrow(/is not restarted: stop the/);
    await expect(desk.retire('Front Desk', undefined, ASKED)).rejects.toThrow(/is not retired/);
  });

  test('or has failed, where it does not start again, and is brought back', async () => {
    await create('Fragile', { register: false });
    const { id } = await desk.find('Fragile');
    isHostBroken = true;
    await expect(desk.restart('Fragile', ASKED)).rejects.toThrow();
    isHostBroken = false;
    expect(await desk.find('Fragile')).toMatchObject({ state: 'failed', resumes: false });
    const { journal } = await desk.status('Fragile', OWNER);
    expect(journal.at(-1)?.cause).toMatch(/^it did not start again: ./);
    await create('Fragile', { from: 'Fragile', register: false });
    expect(await desk.find('Fragile')).toMatchObject({ id, state: 'ready' });
    await retire('Fragile');
  });

  test('or ends, when somebody has it retired meanwhile', async () => {
    await create('Wanted', { register: false });
    const working = gate();
    works = async (text) => {
      await working.opened;
      return `Done: ${text}`;
    };
    const slow = company.router.ask({ ...ask('Wanted'), text: 'count slowly' });
    await eventually(async () => {
      expect(await company.tasks.list({ agent: 'Wanted', states: ['WORKING'] })).toHaveLength(1);
    });
    const restarted = desk.restart('Wanted', ASKED);
    const refused = expect(restarted).rejects.toThrow(/being retired and cannot be restarted/);
    await eventually(async () => {
      expect(await desk.find('Wanted')).toMatchObject({ state: 'draining' });
    });
    const retired = retire('Wanted');
    await eventually(async () => {
      expect((await desk.find('Wanted')).retireWish).toBeDefined();
    });
    working.open();
    expect(await retired).toContain('Wanted has ended');
    await refused;
    expect(await slow).toMatchObject({ tasks: [{ state: 'COMPLETED' }] });
    expect(await desk.find('Wanted')).toMatchObject({ state: 'stopped', resumes: false });
    expect(() => company.agent('Wanted')).toThrow();
  });
});

describe('an agent is retired', () => {
  test('with the owner’s word alone; two requests are one', async () => {
    const first = await desk.retire('Analyst', 'not needed', ASKED);
    const second = await desk.retire('Analyst', 'not needed', { requester: ADMIN });
    expect(second.approval.id).toBe(first.approval.id);
    expect(await desk.find('Analyst')).toMatchObject({ state: 'ready' });
    const { approvals } = company.treasury;
    await approvals.decline(first.approval.id, { principal: OWNER });
    expect(await desk.find('Analyst')).toMatchObject({ state: 'ready' });
  });

  test('when it has ended what it does, and what it leaves open is kept', async () => {
    const working = gate();
    works = async (text) => {
      if (text.includes('slowly')) await working.opened;
      return `Done: ${text}`;
    };
    const slow = company.router.ask({ ...ask('Analyst'), text: 'count slowly' });
    await eventually(async () => {
      const [task] = await company.tasks.list({ agent: 'Analyst', states: ['WORKING'] });
      expect(task).toBeDefined();
    });
    const retired = retire('Analyst');
    await eventually(async () => {
      expect(await desk.find('Analyst')).toMatchObject({ state: 'draining' });
    });
    const late = company.tasks.submit({
      ...{ agent: 'Analyst', text: 'count later', roomId: stringToUuid('room') },
      ...{ requester: { id: OWNER.id, role: 'owner' }, isConfidential: false },
    });
    working.open();
    expect((await slow).tasks).toMatchObject([{ state: 'COMPLETED' }]);
    expect(await retired).toMatch(
      /Analyst has ended\. Kept: \d+ memories, 1 open task, .*The registry says that it is inactive/,
    );
    expect(await company.tasks.get((await late).id)).toMatchObject({ state: 'CANCELED' });
    const { registration, id } = await desk.find('Analyst');
    expect(registration).toMatchObject({ status: 'retired' });
    expect(() => company.agent('Analyst')).toThrow();
    expect((await company.router.listAgents()).some(({ name }) => name === 'Analyst')).toBe(false);
    const frontDesk = company.agent('Front Desk');
    expect(await frontDesk.getRoomsForParticipant(id as UUID)).toEqual([]);
    await expect(desk.retire('Analyst', undefined, ASKED)).rejects.toThrow(/is stopped/);
  });

  test('and brought back with its memories, its open tasks and its number on chain', async () => {
    const before = await desk.find('Analyst');
    await create('Analyst', { from: 'Analyst' });
    const after = await desk.find('Analyst');
    expect(after).toMatchObject({ id: before.id, generation: 3, state: 'ready' });
    expect(after.registration).toMatchObject({
      ...{ number: before.registration?.number, status: 'active' },
    });
    await eventually(async () => {
      const restored = await company.tasks.list({ agent: 'Analyst', states: ['COMPLETED'] });
      expect(restored.map(({ text }) => text)).toContain('count later');
    });
    const memories = await company.agent('Analyst').getMemories({
      ...{ tableName: 'messages', agentId: before.id as UUID, count: 100 },
    });
    expect(memories.some(({ content }) => content.text?.includes('count the visitors'))).toBe(true);
  });

  test('and may remember people who have never been here', async () => {
    const lifecycle = await lifecycleOf(company.agent('Analyst'));
    const { rooms } = await lifecycle.saveMemory();
    const [room] = rooms;
    const words = { text: 'I knew it on Akash' };
    const entityId = stringToUuid('somebody who spoke with it where it was hosted');
    const message = {
      id: stringToUuid('a message'),
      entityId,
      roomId: room?.['id'],
      content: words,
    };
    await lifecycle.restoreMemory({ rooms, memories: { messages: [message] } });
    expect((await lifecycle.saveMemory()).memories['messages']).toContainEqual(
      expect.objectContaining({ entityId, content: words }),
    );
  });

  test('not by a word on a life before this one', async () => {
    const { id: agentId, name } = await desk.find('Analyst');
    const { approvals } = company.treasury;
    const { id } = await approvals.request({
      ...{ kind: 'lifecycle-retirement', summary: 'Retire the agent Analyst', amountPico: 0n },
      plan: { version: 1, agentId, generation: 1, name, cause: 'not needed' },
      requester: OWNER,
    });
    await expect(approvals.grant(id, { principal: OWNER })).rejects.toThrow(/an earlier life of/);
    expect(await desk.find('Analyst')).toMatchObject({ state: 'ready' });
    expect((await desk.find('Analyst')).retireWish).toBeUndefined();
    const { approval } = await desk.retire('Analyst', undefined, ASKED);
    expect(approval.id).not.toBe(id);
    await approvals.decline(approval.id, { principal: OWNER });
  });

  test('while it is being made: it never gets ready, and nothing of it is left', async () => {
    const { agentId, approval: plan } = await desk.create({ name: 'Premature' }, ASKED, false);
    await networks.evm.pauseMining();
    const making = company.treasury.carryOut(plan.id, { principal: OWNER });
    await eventually(async () => {
      expect(await desk.find(agentId)).toMatchObject({ progress: 'registering it on chain' });
    });
    const { approval } = await desk.retire(agentId, 'changed my mind', ASKED);
    const granted = company.treasury.carryOut(approval.id, { principal: OWNER });
    await eventually(async () => {
      expect(await desk.find(agentId)).toMatchObject({ retireWish: 'changed my mind' });
    });
    await networks.evm.resumeMining();
    expect(await granted).toMatchObject({
      ...{ state: 'COMPLETED', text: expect.stringContaining('Premature has ended') },
    });
    const notMade = 'The agent Premature was not created; nothing of it is left.';
    expect(await making).toMatchObject({
      ...{ state: 'FAILED', text: expect.stringContaining(notMade) },
    });
    expect(await journalOf(agentId)).toEqual(['creating', 'failed']);
    expect(await desk.find(agentId)).toMatchObject({ registration: { status: 'retired' } });
    expect(() => company.agent('Premature')).toThrow();
  });
});

describe('a host that stops', () => {
  test('lets its agents leave, to start again with it', async () => {
    const lifecycle = await lifecycleOf(company.agent('Analyst'));
    await inConversation(startConversation({ principal: OWNER }), () => lifecycle.stop());
    expect(await desk.find('Analyst')).toMatchObject({ state: 'stopped', resumes: true });
    await expect(desk.create({ name: 'analyst' }, ASKED, true)).rejects.toThrow(/already/);
  });

  test('and does not come back: they can be retired all the same', async () => {
    expect(await retire('Analyst')).toContain('Analyst has ended');
    expect(await desk.find('Analyst')).toMatchObject({ state: 'stopped', resumes: false });
    expect((await desk.list()).some(({ name }) => name === 'Analyst')).toBe(false);
  });
});
