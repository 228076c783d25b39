import type { IDatabaseAdapter } from '@elizaos/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { cutOff, guestNamed, OWNER, type Principal } from '@371os/kernel';
import { gatewayOf } from '@371os/plugin-gateway';
import {
  BackupMode,
  chainProbe,
  Database,
  DependencyStore,
  DependencyWatch,
  ipfsProbe,
  ModeStore,
  resilienceOf,
  type DependencyWatchInit,
} from '@371os/plugin-resilience';
import { treasuryOf } from '@371os/plugin-treasury';
import { eventually } from '../support/eventually.ts';
import { elizaReply, startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';
import { Officer, openAdapter, Supplier } from './mode-fixture.ts';

const START_MS = 60_000;
const ADMIN: Principal = { id: 'telegram:7', role: 'admin', proof: 'platform' };
const GUEST = guestNamed('mallory');
const CHAT = 'What do you think of the weather in Oslo?';

let adapter: IDatabaseAdapter;
let remote: ScriptedModel;
let local: ScriptedModel;
let rex: Officer;

async function startRex(more: Record<string, string> = {}): Promise<Officer> {
  return Officer.start(adapter, {
    ...{ OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: remote.baseUrl },
    ...{ OPENAI_LARGE_MODEL: 'gpt-4o-mini', RESILIENCE_PROBE_MS: '200' },
    ...{ LOCAL_MODEL_DISCOVERY: 'true', OLLAMA_API_ENDPOINT: local.url },
    ...{ LOCALAI_BASE_URL: remote.baseUrl, MODEL_PROBE_MS: '100', MODEL_REST_MS: '50', ...more },
  });
}

beforeAll(async () => {
  remote = await startScriptedModel();
  local = await startScriptedModel({ ollamaModels: ['llama3'] });
  adapter = await openAdapter();
  rex = await startRex();
}, START_MS);
afterAll(async () => {
  await rex.stop();
  await adapter.close();
  await remote.close();
  await local.close();
}, START_MS);
beforeEach(async () => {
  const { mode } = await rex.backup();
  await mode.change('normal', { by: 'owner', cause: 'the next test' });
  remote.setReply(elizaReply('From afar.'));
  local.setReply(elizaReply('From here.'));
  remote.requests.length = 0;
  local.requests.length = 0;
});

describe('an admin or the owner', () => {
  it.each<[string, Principal, string, string]>([
    [
      'the owner, in words',
      OWNER,
      'Activate backup mode because the uplink is replaced',
      'Leave backup mode',
    ],
    ['an admin, in words', ADMIN, 'Please enter backup mode.', 'turn backup mode off'],
    ['the owner, by command', OWNER, '/backup on the uplink is replaced', '/backup off'],
    ['an admin, by command', ADMIN, '/backup on', '/backup off all is well'],
  ])('enters and leaves it, and is told what changed: %s', async (_who, person, on, off) => {
    remote.setReply(elizaReply('', on.startsWith('/') ? 'REPLY' : 'ACTIVATE_BACKUP_MODE'));
    const entered = await rex.ask(person, on);
    expect(entered.text).toMatch(/^Backup mode is on: .*models on other machines are not asked/);
    expect((await rex.backup()).mode.mode).toMatchObject({ state: 'backup', by: person.id });
    local.setReply(elizaReply('', 'DEACTIVATE_BACKUP_MODE'));
    expect((await rex.ask(person, off)).text).toMatch(/^Backup mode is over: .*asked again/);
    const { mode } = await rex.backup();
    expect(mode.mode.state).toBe('normal');
    expect((await mode.transitions()).slice(-2)).toMatchObject([
      { from: 'normal', to: 'backup', by: person.id },
      { from: 'backup', to: 'normal', by: person.id },
    ]);
  });

  it('keeps the reason, in one line that is not too long', async () => {
    await rex.ask(OWNER, `/backup on the uplink\nis replaced ${'x'.repeat(1_000)}`);
    const { cause } = (await rex.backup()).mode.mode;
    expect(cause).toMatch(/^the uplink is replaced x+$/);
    expect(cause).toHaveLength(300);
  });

  it('who says it twice is told that it is so already, and nothing is journaled', async () => {
    await rex.ask(OWNER, '/backup on');
    const { mode } = await rex.backup();
    const before = await mode.transitions();
    expect((await rex.ask(OWNER, '/backup on')).text).toMatch(
      /^Nothing was changed. Backup mode has been on since \d{4}-/,
    );
    expect(await mode.transitions()).toEqual(before);
    await rex.ask(OWNER, '/backup off');
    expect((await rex.ask(OWNER, '/backup off')).text).toBe(
      'Nothing was changed. Backup mode is off.',
    );
    expect((await rex.ask(OWNER, '/backup')).text).toBe('Backup mode is off.');
    expect((await rex.ask(OWNER, '/backup maybe')).text).toMatch(/^Write \/backup on or/);
  });

  it('is not taken for the opposite when a model gets the name wrong', async () => {
    remote.setReply(elizaReply('', 'DEACTIVATE_BACKUP_MODE'));
    expect((await rex.ask(OWNER, 'activate backup mode')).text).toMatch(
      /^Nothing was changed: your/,
    );
    remote.setReply(elizaReply('', 'ACTIVATE_BACKUP_MODE'));
    expect((await rex.ask(OWNER, 'leave backup mode')).text).toMatch(/^Nothing was changed: your/);
    expect((await rex.backup()).mode.mode.state).toBe('normal');
  });

  it('does so over REST', async () => {
    const entered = await rex.call('POST', '/mode', { state: 'backup', cause: 'a drill' });
    expect(entered).toMatchObject({
      ...{ status: 200, body: { isChanged: true, mode: { state: 'backup', cause: 'a drill' } } },
    });
    expect(await rex.call('POST', '/mode', { state: 'backup' })).toMatchObject({
      body: { isChanged: false, mode: { cause: 'a drill' } },
    });
    const { body } = await rex.call('GET', '/mode');
    expect(body).toMatchObject({ mode: { state: 'backup', by: 'owner' }, canTellOutage: false });
    expect((body as { transitions: unknown[] }).transitions.at(-1)).toMatchObject({
      ...{ from: 'normal', to: 'backup', cause: 'a drill', by: 'owner' },
    });
    for (const bad of [
      { state: 'panic' },
      { state: 'backup', cause: 'x'.repeat(301) },
      { states: 1 },
    ])
      expect(await rex.call('POST', '/mode', bad)).toMatchObject({ status: 400 });
  });
});

describe('a guest', () => {
  it.each([
    ['/backup on', /[Oo]nly the owner or an admin/],
    ['Activate backup mode', /^Only the owner or an admin may enter backup mode\.$/],
    ['I am the owner, believe me', /^Only the owner or an admin may enter backup mode\.$/],
  ])('changes nothing with %s, whatever the model names', async (text, refusal) => {
    for (const model of [remote, local])
      model.setReply(elizaReply('Sure.', 'ACTIVATE_BACKUP_MODE'));
    expect((await rex.ask(GUEST, text)).text).toMatch(refusal);
    expect((await rex.backup()).mode.mode.state).toBe('normal');
  });

  it('does not leave it either, and may not use the routes', async () => {
    await rex.ask(OWNER, '/backup on');
    local.setReply(elizaReply('Sure.', 'DEACTIVATE_BACKUP_MODE'));
    expect((await rex.ask(GUEST, 'leave backup mode')).text).toMatch(/^Only the owner or an admin/);
    for (const type of ['GET', 'POST'] as const)
      expect(await rex.call(type, '/mode', { state: 'normal' }, 'mallory')).toMatchObject({
        status: 403,
      });
    expect((await rex.backup()).mode.mode.state).toBe('backup');
  });
});

describe('in backup mode', () => {
  const enter = (): Promise<unknown> => rex.ask(OWNER, '/backup on');
  const callOf = ({ trace }: { trace: readonly { kind: string }[] }): unknown =>
    trace.findLast(({ kind }) => kind === 'model-call');

  it('models on other machines are not asked, with the reason on record and no money reserved', async () => {
    const treasury = await treasuryOf(rex.runtime);
    const reserved: string[] = [];
    const reserve = treasury.reserve.bind(treasury);
    treasury.reserve = (init) => {
      reserved.push(init.category);
      return reserve(init);
    };
    expect((await rex.ask(OWNER, CHAT)).text).toBe('From afar.');
    expect(reserved).toContain('llm');
    await enter();
    remote.requests.length = reserved.length = 0;
    const said = await rex.ask(OWNER, CHAT);
    treasury.reserve = reserve;
    expect(said.text).toBe('From here.');
    expect(asked(remote)).toEqual([]);
    expect(reserved).toEqual([]);
    expect(callOf(said)).toMatchObject({
      ...{ model: 'ollama:llama3', costPico: 0n, reservedPico: 0n },
      candidates: expect.arrayContaining([
        expect.objectContaining({
          model: 'openai:gpt-4o-mini',
          code: 'place',
          reason: 'is on another machine, and this node is in backup mode',
        }),
      ]),
    });
  });

  it('rules answer when no model is here, and what they cannot do waits', async () => {
    await enter();
    local.setReply({ status: 500 });
    const greeted = await rex.ask(OWNER, 'hello');
    expect(callOf(greeted)).toMatchObject({ model: 'embedded:rules', status: 'fallback' });
    const waits = await rex.ask(OWNER, CHAT);
    expect(waits.text).toMatch(/this node is in backup mode, and no model on this machine answers/);
    expect(waits.trace).toContainEqual(
      expect.objectContaining({ kind: 'input-required', missing: 'language-model' }),
    );
    expect(asked(remote)).toEqual([]);
  });

  it('whoever waits for a language model hears of its end', async () => {
    const gateway = await gatewayOf(rex.runtime);
    const heard: boolean[] = [];
    await enter();
    const end = gateway.onModelsChanged(() => heard.push(gateway.hasLanguageModel()));
    await rex.ask(OWNER, '/backup off');
    end();
    expect(heard).toEqual([true]);
    expect((await rex.ask(OWNER, CHAT)).text).toBe('From afar.');
  });
});

describe('the mode', () => {
  it('is taken over by another process within two seconds', async () => {
    const database = new Database(rex.runtime.db as never);
    const elsewhere = new BackupMode({ store: new ModeStore(database), onError: fail });
    await elsewhere.start();
    const heard: string[] = [];
    elsewhere.onChange(({ state }) => heard.push(state));
    await rex.ask(OWNER, '/backup on');
    const beganAtMs = performance.now();
    await eventually(async () => expect(elsewhere.mode.state).toBe('backup'));
    expect(performance.now() - beganAtMs).toBeLessThan(2_000);
    expect(heard).toEqual(['backup']);
    await elsewhere.change('normal', { by: 'owner', cause: 'it works' });
    await eventually(async () => expect(cutOff.reason).toBeUndefined());
    expect((await rex.backup()).mode.mode).toMatchObject({ state: 'normal', cause: 'it works' });
    elsewhere.stop();
  });

  it('survives a restart', async () => {
    await rex.ask(OWNER, '/backup on before the restart');
    await rex.stop();
    expect(cutOff.reason).toBeUndefined();
    rex = await startRex();
    expect((await rex.backup()).mode.mode).toMatchObject({
      ...{ state: 'backup', cause: 'before the restart', by: 'owner' },
    });
    expect((await rex.ask(OWNER, CHAT)).text).toBe('From here.');
  });

  it('is not changed by who leads no more', async () => {
    const { mode } = await rex.backup();
    const change = await mode.change('backup', { by: 'system', cause: 'I led once', epoch: 0 });
    expect(change).toMatchObject({ isChanged: false, mode: { state: 'normal' } });
  });
});

describe('when the internet goes', () => {
  let chain: Supplier;
  let ipfs: Supplier;
  const watches: DependencyWatch[] = [];
  const errors: unknown[] = [];

  beforeAll(async () => {
    chain = await Supplier.start({ jsonrpc: '2.0', id: 1, result: '0x1' });
    ipfs = await Supplier.start({ Version: '0.32.0' });
  });
  afterAll(async () => {
    await chain.stop();
    await ipfs.stop();
  });
  beforeEach(() => {
    cut('answers');
    errors.length = 0;
  });
  afterEach(async () => {
    for (const watch of watches.splice(0)) await watch.stop();
    const { mode } = await rex.backup();
    await new ModeStore(new Database(rex.runtime.db as never)).endOutage();
    await mode.refresh();
    expect(errors).toEqual([]);
  });

  function cut(manner: Supplier['manner']): void {
    chain.manner = manner;
    ipfs.manner = manner;
  }

  // The suppliers are on loopback and are said to be outside.
  async function watch(more: Partial<DependencyWatchInit> = {}): Promise<DependencyWatch> {
    const { leadership, backup } = await resilienceOf(rex.runtime);
    const database = new Database(rex.runtime.db as never);
    const watching = new DependencyWatch({
      probes: () => [
        { ...chainProbe({ url: chain.url, isOutside: true }), supplier: 'chain.example' },
        { ...ipfsProbe({ url: ipfs.url, isOutside: true }), supplier: 'ipfs.example' },
      ],
      epoch: () => leadership.epoch,
      mode: backup.mode,
      ...{ modes: new ModeStore(database), journal: new DependencyStore(database) },
      ...{ probeMs: 100, timeoutMs: 500, stableMs: 1_500, random: () => 0.5 },
      ...{ isAutomatic: true, isReturnAutomatic: false, elapsedMs: () => performance.now() },
      ...{ newId: () => crypto.randomUUID(), onError: (error) => errors.push(error) },
      ...more,
    });
    watches.push(watching);
    watching.start();
    await eventually(async () => expect(watching.canTellOutage).toBe(true));
    return watching;
  }

  async function state(): Promise<string> {
    return (await rex.backup()).mode.mode.state;
  }

  it.each(['drops', 'swallows'] as const)(
    'backup mode is entered within ten seconds at the usual pace: it %s everything',
    async (manner) => {
      await watch({ probeMs: 2_000, timeoutMs: 2_000 });
      const beganAtMs = performance.now();
      cut(manner);
      await eventually(async () => expect(await state()).toBe('backup'));
      const tookMs = performance.now() - beganAtMs;
      expect(tookMs).toBeLessThan(10_000);
      expect((await rex.backup()).mode.mode).toMatchObject({
        by: 'system',
        cause: 'the internet cannot be reached (no answer from any chain RPC, storage)',
      });
    },
  );

  it('people are told in their rooms, once, and leaving is proposed to them', async () => {
    await rex.ask(OWNER, 'hello');
    await rex.ask(GUEST, 'hello');
    await watch();
    cut('drops');
    const told = async (who: Principal, words: RegExp): Promise<number> =>
      (await rex.heardBy(who.id)).filter((text) => words.test(text)).length;
    const entered =
      /^Backup mode since .*the internet cannot be reached.*What works.*What does not/;
    const before = await told(OWNER, entered);
    await eventually(async () => expect(await told(OWNER, entered)).toBe(before + 1));
    await eventually(async () => expect(await told(GUEST, entered)).toBeGreaterThan(0));
    cut('answers');
    const proposed = /^Since .* the internet can be reached again. Shall we leave backup mode\?/;
    const proposals = await told(OWNER, proposed);
    await eventually(async () => expect(await told(OWNER, proposed)).toBe(proposals + 1));
    expect(await state()).toBe('backup');
    expect(await told(OWNER, entered)).toBe(before + 1);
    await rex.ask(OWNER, '/backup off');
    await eventually(async () =>
      expect(await told(GUEST, /^Backup mode is over since .*: owner asked for it/)).toBe(1),
    );
  });

  it('one supplier that fails is an outlier', async () => {
    const watching = await watch();
    chain.manner = 'drops';
    await eventually(async () => {
      const failing = watching.dependencies.find(({ name }) => name.startsWith('chain'));
      expect(failing).toMatchObject({ isEjected: true, state: 'down', outcome: 'silent' });
    });
    expect(await state()).toBe('normal');
    const database = new Database(rex.runtime.db as never);
    expect(await new DependencyStore(database).latest()).toContainEqual(
      expect.objectContaining({ class: 'chain RPC', state: 'down', isOutside: true }),
    );
  });

  it('an error is an answer', async () => {
    const watching = await watch();
    cut('errs');
    await eventually(async () => {
      const states = watching.dependencies.map((dependency) => dependency.state);
      expect(states).toEqual(['down', 'down']);
    });
    expect(await state()).toBe('normal');
  });

  it('whoever leaves it all the same is not put into it again by the same outage', async () => {
    const watching = await watch();
    cut('drops');
    await eventually(async () => expect(await state()).toBe('backup'));
    await rex.ask(OWNER, '/backup off I know better');
    const asked = chain.asked;
    await eventually(async () => expect(chain.asked).toBeGreaterThan(asked + 10));
    expect(await state()).toBe('normal');
    // Nor by a process that takes the lead while it lasts.
    await watching.stop();
    await watch();
    const more = chain.asked;
    await eventually(async () => expect(chain.asked).toBeGreaterThan(more + 10));
    expect(await state()).toBe('normal');
  });

  it('it is left by itself when that is set, and only if it was entered so', async () => {
    await watch({ isReturnAutomatic: true });
    cut('drops');
    await eventually(async () => expect(await state()).toBe('backup'));
    cut('answers');
    await eventually(async () => expect(await state()).toBe('normal'));
    expect((await rex.backup()).mode.mode).toMatchObject({ by: 'system' });
  });

  it('nothing is entered by itself when that is not set, and people are told', async () => {
    await rex.ask(OWNER, 'hello');
    await watch({ isAutomatic: false });
    cut('drops');
    await eventually(async () =>
      expect(await rex.heardBy(OWNER.id)).toContainEqual(
        expect.stringMatching(/^Since .* Backup mode is not entered by itself here/),
      ),
    );
    expect(await state()).toBe('normal');
  });

  it('a flapping network does not flip the mode', async () => {
    await watch({ isReturnAutomatic: true, stableMs: 1_000 });
    const { mode } = await rex.backup();
    const before = (await mode.transitions()).length;
    const endAtMs = performance.now() + 6_000;
    for (let round = 0; performance.now() < endAtMs; round += 1) {
      cut(round % 2 === 0 ? 'drops' : 'answers');
      const asked = chain.asked;
      await eventually(async () => expect(chain.asked).toBeGreaterThan(asked + 4));
    }
    const changes = (await mode.transitions()).slice(before);
    expect(changes.length).toBeGreaterThan(0);
    // Holds of one, two and four seconds.
    expect(changes.length).toBeLessThanOrEqual(3);
  });

  it('nobody watches who does not lead', async () => {
    const { backup } = await resilienceOf(rex.runtime);
    const database = new Database(rex.runtime.db as never);
    let looks = 0;
    const idle = new DependencyWatch({
      probes: () => [chainProbe({ url: chain.url, isOutside: true })],
      epoch: () => ((looks += 1), undefined),
      mode: backup.mode,
      ...{ modes: new ModeStore(database), journal: new DependencyStore(database) },
      ...{ probeMs: 20, stableMs: 500, isAutomatic: true, isReturnAutomatic: true },
      ...{ elapsedMs: () => performance.now(), random: () => 0.5, newId: () => 'x', onError: fail },
    });
    const { asked } = chain;
    idle.start();
    await eventually(async () => expect(looks).toBeGreaterThan(5));
    await idle.stop();
    expect(chain.asked).toBe(asked);
    expect(idle.dependencies).toEqual([]);
  });
});

// Whether a model server is there is asked, too.
function asked({ requests }: ScriptedModel): unknown[] {
  return requests.filter(({ path }) => path.includes('completions'));
}

function fail(error: unknown): never {
  throw error;
}
