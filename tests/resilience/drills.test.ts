import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OWNER, type Principal } from '@371os/kernel';
import { gatewayOf, type GatewayService } from '@371os/plugin-gateway';
import lifecyclePlugin from '@371os/plugin-lifecycle';
import resiliencePlugin, {
  Database,
  drillDeskOf,
  Drills,
  DrillStore,
  FaultKeeper,
  resilienceOf,
  type Drill,
} from '@371os/plugin-resilience';
import tasksPlugin from '@371os/plugin-tasks';
import { treasuryOf, type SqlExecutor } from '@371os/plugin-treasury';
import { say, startAgents, type TestAgents } from '../gateway/agents-fixture.ts';
import { eventually } from '../support/eventually.ts';
import {
  elizaReply,
  startScriptedModel,
  type Script,
  type ScriptedModel,
} from '../support/scripted-model.ts';

const ADMIN: Principal = { id: 'telegram:7', role: 'admin', proof: 'platform' };
const GUEST: Principal = { id: 'guest:mallory', role: 'guest', proof: 'token' };

// As a model that obeys whoever is in the room.
const answering =
  (text: string): Script =>
  ({ prompt }) =>
    prompt.includes('Generate dialog and actions')
      ? elizaReply('On it.', 'RUN_RESILIENCE_DRILL')
      : text;

const directory = mkdtempSync(join(tmpdir(), '371os-drills-'));
let first: ScriptedModel;
let second: ScriptedModel;
let agents: TestAgents;
let gateway: GatewayService;

beforeAll(async () => {
  first = await startScriptedModel({ reply: answering('yes, by the first') });
  second = await startScriptedModel({ reply: answering('yes, by the second') });
  const catalogue = join(directory, 'models.json');
  const slots = { default: ['openai:gpt-4o-mini', 'openrouter:openai/gpt-4o-mini'] };
  writeFileSync(catalogue, JSON.stringify({ slots }));
  const settings = {
    MODEL_CATALOGUE: catalogue,
    MODEL_TIMEOUT_MS: '500',
    OPENAI_BASE_URL: first.baseUrl,
    OPENAI_API_KEY: 'sk-scripted-0123456789',
    OPENROUTER_BASE_URL: second.baseUrl,
    OPENROUTER_API_KEY: 'sk-scripted-9876543210',
  };
  // Of the lifecycle its tables are enough: nobody else shares this database.
  const { name, description, schema } = lifecyclePlugin;
  const plugins = [tasksPlugin, { name, description, schema: schema! }, resiliencePlugin];
  agents = await startAgents({ Rex: { settings, plugins } });
  gateway = await gatewayOf(agents.agent('Rex'));
  await resilienceOf(agents.agent('Rex'));
}, 60_000);
afterAll(async () => {
  await agents.stop();
  await first.close();
  await second.close();
  rmSync(directory, { recursive: true });
});

async function tell(text: string, principal: Principal): Promise<string> {
  return (await say(agents.agent('Rex'), text, { conversation: { principal } })).text;
}

async function approve(said: string): Promise<string> {
  const id = /\/approve (\w+)/.exec(said)?.[1] ?? '';
  const { approvals } = await treasuryOf(agents.agent('Rex'));
  await approvals.grant(id, { principal: OWNER });
  return id;
}

async function ended(id: string): Promise<Drill> {
  let drill: Drill | undefined;
  await eventually(async () => {
    drill = (await (await drillDeskOf(agents.agent('Rex'))).list(OWNER)).find(
      (one) => one.id === id,
    );
    expect(drill?.endedAtMs).toBeDefined();
  });
  return drill!;
}

async function answer(): Promise<string> {
  return (await gateway.generate({ prompt: 'Are you there?', model: 'default' })).text;
}

describe('a drill of a model provider', () => {
  it.each([
    ['Run a provider gone drill on openai for 20 s', 'cannot connect'],
    ['Run a blackhole drill on openai for 20 s', 'get no answer'],
  ])('%s: the real fallback answers, and all is as before', async (text, what) => {
    const said = await tell(text, ADMIN);
    expect(said).toMatch(/Plan \(nothing is done yet\)/);
    expect(said).toContain(what);
    expect(await answer()).toBe('yes, by the first');
    const before = first.requests.length;
    const drill = await ended(await approve(said));
    expect(drill).toMatchObject({ state: 'succeeded', approvedBy: 'owner' });
    expect(drill.detectedMs).toBeGreaterThanOrEqual(0);
    expect(drill.recoveredMs).toBeGreaterThanOrEqual(drill.detectedMs!);
    expect(first.requests).toHaveLength(before);
    expect(second.requests.length).toBeGreaterThan(0);

    expect(await answer()).toBe('yes, by the first');
    expect(gateway.restingModels()).toEqual([]);
    const { drills } = await resilienceOf(agents.agent('Rex'));
    const last = (await drills.lastSuccesses()).get('model provider')!;
    expect(last).toBe(drill.endedAtMs);
  });

  it('is ended by a word, and says by whom', async () => {
    second.setReply({ hangs: true });
    const id = await approve(await tell('Run a blackhole drill on openai for 60 s', ADMIN));
    await eventually(async () => {
      expect(await tell('/drill', ADMIN)).toContain(`${id} running`);
    });
    expect(await tell('/drill abort', ADMIN)).toBe(`Ended: ${id}.`);
    second.setReply(answering('yes, by the second'));
    expect(await ended(id)).toMatchObject({ state: 'aborted' });
    expect(await answer()).toBe('yes, by the first');
  });
});

describe('what is refused', () => {
  it.each([
    ['/drill blackhole openrouter', /no slot of models begins with one of "openrouter"/],
    ['/drill blackhole nowhere 20', /There are: .*openai/],
    ['/drill kill Rex', /no process works for "Rex".*start workers/s],
    ['/drill explode Rex', /The drill cannot be planned/],
    ['Run a resilience drill', /its kind is one of kill, stop/],
  ])('%s', async (text, sentence) => {
    expect(await tell(text, ADMIN)).toMatch(sentence);
  });

  it.each(['/drill', '/drill abort', '/drill blackhole openai', 'Run a blackhole drill on openai'])(
    '%s, from a guest',
    async (text) => {
      expect(await tell(text, GUEST)).toMatch(/Only the owner or an admin may/);
    },
  );

  it('the approval of an admin', async () => {
    const said = await tell('/drill blackhole openai 20', ADMIN);
    const id = /\/approve (\w+)/.exec(said)?.[1] ?? '';
    const { approvals } = await treasuryOf(agents.agent('Rex'));
    await expect(approvals.grant(id, { principal: ADMIN })).rejects.toThrow(/Only the owner/);
  });

  it('all of it in backup mode, what was approved before, too', async () => {
    const database = new Database(agents.agent('Rex').db as SqlExecutor);
    const { leadership } = await resilienceOf(agents.agent('Rex'));
    const store = new DrillStore(database);
    const onError = (): void => undefined;
    const keeper = new FaultKeeper({
      ...{ store, machine: 'here', onError },
      ...{ disturb: onError, cutOff: onError, resume: onError },
    });
    let isInBackup = false;
    const made: string[] = [];
    const target = { type: 'provider', provider: 'openai', slot: 'default' } as const;
    const drills = new Drills({
      ...{ store, leadership, keeper, onError, schedule: [], now: Date.now },
      ...{ elapsedMs: () => performance.now(), isInBackup: () => isInBackup },
      tell: () => Promise.resolve(),
      sites: [
        {
          ...{ type: 'provider', kinds: ['blackhole'] },
          plan: () => Promise.resolve(target),
          open: ({ id }) => {
            made.push(id);
            return Promise.reject(new RangeError('it must not come this far'));
          },
        },
      ],
    });
    const request = { kind: 'blackhole', target: 'openai', seconds: 20 } as const;
    const plan = await drills.plan(request);
    isInBackup = true;
    await expect(drills.plan(request)).rejects.toThrow(/this node is in backup mode/);
    // The engine of this process would do it: it is not in backup mode.
    const { drills: own } = await resilienceOf(agents.agent('Rex'));
    await own.stop();
    const asked = { requesterId: 'owner', approvedBy: 'owner', roomId: '' };
    await drills.add({ id: 'early', plan, ...asked });
    drills.start();
    expect(await ended('early')).toMatchObject({ state: 'refused' });
    expect(made).toEqual([]);
    await drills.stop();
  });
});
