import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { stringToUuid } from '@elizaos/core';
import { LeaseClosedReason } from '@akashnetwork/chain-sdk/private-types/akash.v1';
import { cutOff, CutOffError, OWNER, type Principal } from '@371os/kernel';
import akashPlugin, { akashOf } from '@371os/plugin-akash';
import lifecyclePlugin, { lifecycleOf, type AgentPresence } from '@371os/plugin-lifecycle';
import resiliencePlugin, {
  Database,
  Failovers,
  FailoverStore,
  resilienceOf,
  type Drill,
  type FailoversInit,
} from '@371os/plugin-resilience';
import { DEVNET_IMAGES } from '../../scripts/devnet/images.ts';
import type { Failover } from '../../plugins/plugin-resilience/src/domain/failover.ts';
import type {
  HostedFleet,
  HostedPlace,
} from '../../plugins/plugin-resilience/src/ports/hosted-fleet.ts';
import { RoutedCompany } from '../router/company-fixture.ts';
import { startTestDevnet, type TestDevnet } from '../support/akash-devnet.ts';
import { eventually } from '../support/eventually.ts';

const START_MS = 240_000;
const TRIES = 6;
const ADMIN: Principal = { id: 'telegram:7', role: 'admin', proof: 'platform' };
const GUEST: Principal = { id: 'guest:mallory', role: 'guest', proof: 'token' };
const NOVA = 'Nova';
const LUNA = 'Luna';
const QUESTION = 'Spring campaign: spent 1000, earned 1150';

const FIRST = {
  ...{ dseq: '1', provider: 'one', region: 'eu', endpoint: 'http://11.0.0.1' },
  ...{ price: '12 uact a block', maximumUsd: '9.00' },
};

/** Places in memory: what moves comes up when it is told to. */
class Places implements HostedFleet {
  place: HostedPlace | 'moving' | undefined;
  isWell = true;
  /** Whether it is we who hear nobody. */
  isDeaf = false;
  readonly moves: string[] = [];

  constructor(dseq: string) {
    this.place = { ...FIRST, dseq };
  }

  async list() {
    return [{ agent: LUNA, deploymentId: 'D1', noted: FIRST, place: this.place }];
  }

  async find() {
    return this.place;
  }

  async askChain() {
    if (this.isDeaf) throw new CutOffError({ what: 'the chain', reason: 'we are cut off' });
  }

  async answers() {
    return this.isWell;
  }

  async move(_deploymentId: string, dseq: string) {
    this.moves.push(dseq);
    this.place = 'moving';
  }

  comeUp(dseq: string): void {
    this.isWell = true;
    this.place = { ...FIRST, dseq, provider: 'two', region: 'us', price: '9 uact a block' };
  }
}

describe('on the devnet', () => {
  let network: TestDevnet;
  let company: RoutedCompany;

  beforeAll(async () => {
    network = await startTestDevnet(100, DEVNET_IMAGES);
    process.env['LIFECYCLE_SECRET'] = 'what-all-tokens-of-hosted-agents-are-made-of';
    company = await RoutedCompany.start(
      { ...network.settings, AKASH_WATCH_MS: '500', RESILIENCE_FAILOVER_EVERY_MS: '500' },
      [akashPlugin, lifecyclePlugin, resiliencePlugin],
    );
  }, START_MS);
  afterAll(async () => {
    delete process.env['LIFECYCLE_SECRET'];
    await company.stop();
    await network.stop();
  }, START_MS);

  const failovers = async (): Promise<Failovers> =>
    (await resilienceOf(company.agent('Front Desk'))).failovers;
  const store = (): FailoverStore =>
    new FailoverStore(new Database(company.agent('Front Desk').db as never));
  const deployment = async () => {
    const deployments = await (await akashOf(company.agent('Front Desk'))).deployments();
    const [one] = await deployments.list();
    return one!;
  };
  const openOnChain = (): string[] => {
    const { chain, tenant } = network.devnet;
    const all = chain.state.deployments.all(tenant.address);
    return all.flatMap(({ state, dseq }) => (state === 'active' ? [dseq] : []));
  };
  /** How many it has had. */
  const leases = (): number => {
    const { chain, tenant } = network.devnet;
    return chain.state.market.leases().filter(({ owner }) => owner === tenant.address).length;
  };
  const moveOnce = async (): Promise<void> => {
    const { dseq: before, placements } = await deployment();
    await (await failovers()).failOver(NOVA, ADMIN);
    await waitLong(async () => {
      const now = await deployment();
      expect(now.state).toBe('ACTIVE');
      expect(now.dseq).not.toBe(before);
      expect(now.placements[0]?.provider).not.toBe(placements[0]?.provider);
    });
  };
  const askNova = async (room: string) =>
    company.router.ask({ text: QUESTION, principal: OWNER, room, agent: NOVA });
  const newest = async (): Promise<Failover | undefined> =>
    (await (await failovers()).report()).failovers.find(({ agent }) => agent === NOVA);

  const hasRecovered = async (): Promise<void> =>
    expect(await newest()).toEqual(expect.objectContaining({ recoveredAtMs: expect.any(Number) }));

  test('a move is gone on with by another worker, and moves it once', async () => {
    const elapsedMs = (): number => performance.now();
    const leadership = { whileLeading: () => () => undefined };
    const make = (fleet: Places, more: Partial<FailoversInit> = {}): Failovers =>
      new Failovers({
        ...{ store: store(), tasks: company.tasks, leadership, fleet: () => fleet },
        ...{ presences: undefined, isAutomatic: true, everyMs: 100, pollMs: 20, elapsedMs },
        tell: async (room, text) => {
          told.push([room, text]);
        },
        log: (problem, error) => {
          throw new RangeError(problem, { cause: error });
        },
        ...more,
      });
    const places = new Places('1');
    const told: [string, string][] = [];
    const ends: ((options?: { drainMs?: number }) => Promise<void>)[] = [];
    // The company's own failovers work on that queue, too, and know of no such deployment.
    const tasks: FailoversInit['tasks'] = {
      submit: (task) => company.tasks.submit({ ...task, agent: 'test-failover' }),
      list: (filter) => company.tasks.list(filter),
      work: async (_queue, handler) => {
        const end = await company.tasks.work('test-failover', handler);
        ends.push(end);
        return end;
      },
    };
    const first = make(places, { tasks });
    const [begun] = await first.failOver(LUNA, ADMIN, 'room');
    expect(begun?.from).toMatchObject({ price: '12 uact a block', maximumUsd: '9.00' });
    await eventually(async () => expect(places.moves).toEqual(['1']));
    await ends.pop()?.({ drainMs: 0 });
    const second = make(places, { tasks });
    await second.lookAtHosted();
    places.comeUp('2');
    const ended = await company.tasks.waitFor(begun?.task.id ?? '');
    expect(ended).toMatchObject({ state: 'COMPLETED' });
    expect(ended.answer).toMatch(
      /^Luna, at provider one in eu: asked for by telegram:7; now at provider two in us, ready after .*It took 12 uact a block, and takes 9 uact a block now/,
    );
    expect(told).toEqual([['room', ended.answer]]);
    expect(places.moves).toEqual(['1']);
    await ends.pop()?.();

    // One that answers again is left where it is.
    const silent = new Places('7');
    silent.isWell = false;
    let nowMs = 0;
    const watch = make(silent, { tasks, elapsedMs: () => nowMs });
    const look = async (afterMs: number, isWell: boolean): Promise<number> => {
      nowMs += afterMs;
      silent.isWell = isWell;
      await watch.lookAtHosted();
      return (await company.tasks.list({ agent: 'test-failover' })).length;
    };
    // It is starting, for longer than any silence that is forgiven later.
    expect(await look(0, false)).toBe(1);
    expect(await look(60_000, false)).toBe(1);
    expect(watch.silences()).toEqual(new Map());
    expect(await look(1_000, true)).toBe(1);
    nowMs += 500;
    expect(watch.silences()).toEqual(new Map([[LUNA, 500]]));
    nowMs -= 500;
    expect(await look(1_000, true)).toBe(1);
    expect(await look(3_000, false)).toBe(1);
    expect(await look(3_000, true)).toBe(1);
    expect(silent.moves).toEqual([]);

    // Nor is it looked at while we are known to be cut off.
    cutOff.set('this node is in backup mode');
    expect(await look(20_000, false)).toBe(1);
    cutOff.set(undefined);
    expect(await look(1_000, true)).toBe(1);
    expect(await look(1_000, true)).toBe(1);
    expect(await look(20_000, false)).toBe(2);
    await eventually(async () => expect(silent.moves).toEqual(['7']));
    silent.comeUp('8');
    await eventually(async () => {
      const open = await company.tasks.list({ agent: 'test-failover', states: ['WORKING'] });
      expect(open).toEqual([]);
    });
    await ends.pop()?.();

    // What nobody could hear is not moved by a look that came before that was known.
    const unheard = new Places('5');
    const early = make(unheard, { tasks, elapsedMs: () => nowMs });
    await early.lookAtHosted();
    Object.assign(unheard, { isDeaf: true, isWell: false });
    nowMs += 20_000;
    await early.lookAtHosted();
    await eventually(async () => {
      const [waiting] = await company.tasks.list({ agent: 'test-failover' });
      expect(waiting).toMatchObject({ state: 'INPUT_REQUIRED', waitingFor: 'internet' });
    });
    Object.assign(unheard, { isDeaf: false, isWell: true });
    await company.tasks.goOn({ waitingFor: 'internet' });
    await eventually(async () => {
      const [known] = await company.tasks.list({ agent: 'test-failover' });
      expect(known).toMatchObject({
        state: 'COMPLETED',
        answer: expect.stringMatching(/stays where it is/),
      });
    });
    expect(unheard.moves).toEqual([]);
    // What was given up then keeps nobody from moving it later.
    const [later] = await early.failOver(LUNA, ADMIN);
    await eventually(async () => expect(unheard.moves).toEqual(['5']));
    unheard.comeUp('6');
    expect(await company.tasks.waitFor(later?.task.id ?? '')).toMatchObject({
      state: 'COMPLETED',
      answer: expect.stringMatching(/asked for by telegram:7; now at provider two/),
    });
    await ends.pop()?.();

    const never = new Places('9');
    const other = make(never, { tasks, elapsedMs: () => nowMs });
    never.isWell = false;
    await other.lookAtHosted();
    nowMs += 301_000;
    await other.lookAtHosted();
    await eventually(async () => expect(never.moves).toEqual(['9']));
    never.comeUp('10');
    await ends.pop()?.();
  });

  test('a process that is lost is followed by the next, which has to complete a task', async () => {
    const tasks = company.tasks;
    let seen: AgentPresence = {
      ...{ agent: 'CTO Zara', generation: 3, state: 'ready', silentMs: 100, nodeId: 'n1' },
    };
    const watch = new Failovers({
      ...{ store: store(), tasks, leadership: { whileLeading: () => () => undefined } },
      ...{ fleet: () => undefined, presences: async () => [seen], isAutomatic: true },
      ...{ everyMs: 100, elapsedMs: () => performance.now(), log: () => undefined },
    });
    const zara = async (): Promise<Failover | undefined> =>
      (await watch.report()).failovers.find(({ agent }) => agent === 'CTO Zara');
    await watch.lookAtProcesses();
    expect(await zara()).toBeUndefined();
    seen = { ...seen, silentMs: 6_000 };
    await watch.lookAtProcesses();
    expect(await zara()).toMatchObject({ placedAtMs: undefined, fromPlace: /3/ });
    seen = { ...seen, state: 'lost', nodeId: undefined };
    await watch.lookAtProcesses();
    seen = { ...seen, generation: 4, state: 'ready', silentMs: 10, nodeId: 'n2' };
    await watch.lookAtProcesses();
    expect(await zara()).toMatchObject({ toPlace: 'in its process number 4' });
    expect((await zara())?.recoveredAtMs).toBeUndefined();

    const end = await tasks.work('CTO Zara', async () => ({ state: 'COMPLETED', answer: 'Done.' }));
    const { id } = await tasks.submit({
      ...{ agent: 'CTO Zara', text: 'check it', roomId: 'room', isConfidential: false },
      requester: { id: OWNER.id, role: 'owner' },
    });
    const { updatedAt } = await tasks.waitFor(id);
    await watch.lookAtProcesses();
    expect((await zara())?.recoveredAtMs).toBe(updatedAt);
    await end();
    expect((await watch.report()).took).toMatchObject({ count: 1 });
  });

  test(
    'a hosted agent whose lease is lost comes back at another provider, in another region, once',
    async () => {
      const front = company.agent('Front Desk');
      const desk = await (await lifecycleOf(front)).desk();
      const kai = JSON.parse(
        readFileSync(new URL('../../characters/cmo-kai.json', import.meta.url), 'utf8'),
      ) as Record<string, unknown>;
      const wish = {
        name: NOVA,
        hosting: 'akash',
        character: kai,
        resources: { maxMonthlyUsd: '9' },
      };
      const decided = await desk.create(wish, { requester: OWNER }, true);
      if (!decided.isBegun) void company.treasury.grant(decided.approval.id, { principal: OWNER });
      await waitLong(async () => expect(await desk.find(NOVA)).toMatchObject({ state: 'ready' }));
      const before = await deployment();
      const id = { owner: network.devnet.tenant.address, dseq: before.dseq ?? '' };
      await network.devnet.closeLeases(id, LeaseClosedReason.lease_closed_reason_unstable);
      await waitLong(async () => expect((await newest())?.placedAtMs).toBeGreaterThan(0));
      const after = await deployment();
      expect(after.placements[0]?.provider).not.toBe(before.placements[0]?.provider);
      expect(after.placements[0]?.region).not.toBe(before.placements[0]?.region);
      expect(openOnChain()).toEqual([after.dseq]);
      const { tasks } = await askNova('lost');
      expect(tasks).toMatchObject([{ agent: NOVA, state: 'COMPLETED' }]);
      await eventually(hasRecovered);
      say('a lost lease', await newest());
    },
    START_MS,
  );

  test(
    'one that does not answer is moved, with what it was working on',
    async () => {
      const before = await deployment();
      const [pid, ...others] = agentProcesses();
      expect(others).toEqual([]);
      process.kill(pid!, 'SIGSTOP');
      const reply = askNova('frozen');
      await waitLong(async () => {
        expect(await newest()).toMatchObject({ cause: 'it does not answer' });
        expect((await newest())?.placedAtMs).toBeGreaterThan(0);
      });
      const { tasks } = await reply;
      const [task] = tasks;
      const ended = await company.tasks.waitFor(task?.id ?? '');
      expect(ended).toMatchObject({ state: 'COMPLETED' });
      const after = await deployment();
      expect(after.dseq).not.toBe(before.dseq);
      expect(openOnChain()).toEqual([after.dseq]);
      // A process that was stopped and lost its lease is gone.
      expect(agentProcesses()).not.toContain(pid);
      await eventually(hasRecovered);
      say('a frozen server', await newest());
    },
    START_MS,
  );

  test(
    'a drill cuts a hosted agent off: failover moves it, and the drill measures its first task',
    async () => {
      const before = await deployment();
      const room = stringToUuid('drill by an admin');
      let plan = '';
      // One that does not answer for a moment is not drilled then.
      await waitLong(async () => {
        [plan = ''] = await company.say('Run a blackhole drill on Nova for 60 s', ADMIN, room);
        expect(plan).toMatch(
          /Plan \(nothing is done yet\): Drill: calls to Nova, hosted by akash1/,
        );
      });
      expect(plan).toMatch(
        /it costs money: it takes [\d.]+ uact a block \(\$[\d.]+ a month\) now.*at most \$9(\.00)? a month/,
      );
      const [short = ''] = await company.say('/drill blackhole Nova 10', ADMIN, room);
      expect(short).toMatch(/an outage that is so short is not noticed/);
      const id = /\/approve (\w+)/.exec(plan)?.[1] ?? '';
      await company.treasury.approvals.grant(id, { principal: OWNER });
      const { drills } = await resilienceOf(company.agent('Front Desk'));
      const found = async (): Promise<Drill | undefined> =>
        (await drills.list()).find((one) => one.id === id);
      // What is there instead of an end tells how far it is.
      const isOver = async (): Promise<void> =>
        expect([await found(), await newest()]).toEqual([
          expect.objectContaining({ endedAtMs: expect.any(Number) }),
          expect.anything(),
        ]);
      await waitLong(isOver, 2 * TRIES);
      const drill = await found();
      const { state, outcome, detectedMs = 0, recoveredMs = 0 } = drill!;
      expect({ state, outcome }).toEqual({
        state: 'succeeded',
        outcome: expect.stringContaining('did a task at another provider'),
      });
      const after = await deployment();
      expect(after.dseq).not.toBe(before.dseq);
      expect(after.placements[0]?.provider).not.toBe(before.placements[0]?.provider);
      expect(openOnChain()).toEqual([after.dseq]);
      expect(after.maximumPico).toBe(before.maximumPico);
      const shown = await drills.lastSuccesses();
      expect(shown.get('compute provider')).toBe(drill?.endedAtMs);
      const isElsewhere = after.placements[0]?.region !== before.placements[0]?.region;
      expect(shown.has('region')).toBe(isElsewhere);
      expect((await newest())?.cause).toBe('it does not answer');
      process.stdout.write(
        `drill of a hosted agent: noticed after ${String(detectedMs)}, recovered after ${String(recoveredMs)} ms\n`,
      );
    },
    2 * START_MS,
  );

  test(
    'FAIL_OVER moves one that is well, too; closed, nothing of it is left',
    async () => {
      const before = await deployment();
      const room = stringToUuid('failover by an admin');
      const [answer = ''] = await company.say('fail over Nova', ADMIN, room);
      expect(answer).toContain('Fail over Nova: it is being placed with another provider');
      expect(answer).toMatch(
        /It takes [\d.]+ uact a block \(\$[\d.]+ a month\) now.*at most \$9(\.00)? a month/,
      );
      await waitLong(async () => {
        expect(await newest()).toMatchObject({ cause: 'asked for by telegram:7' });
        expect((await newest())?.placedAtMs).toBeGreaterThan(0);
      });
      const after = await deployment();
      expect(after.placements[0]?.provider).not.toBe(before.placements[0]?.provider);
      expect(openOnChain()).toEqual([after.dseq]);
      // It moves more often than there are providers: who had it once is not left out for ever.
      const { length: all } = network.devnet.addresses.providers;
      while (leases() <= all) await moveOnce();
      const deployments = await (await akashOf(company.agent('Front Desk'))).deployments();
      await company.tasks.waitFor((await deployments.close(after.id)).id);
      await eventually(async () => expect(agentProcesses()).toEqual([]));
      expect(openOnChain()).toEqual([]);
    },
    3 * START_MS,
  );

  test('nobody but the owner and admins moves an agent, and only one that is hosted', async () => {
    const room = stringToUuid('failover');
    for (const text of ['fail over Nova', '/failover Nova']) {
      const [answer = ''] = await company.say(text, GUEST, room);
      expect(answer).toMatch(/Only the owner or an admin may/);
    }
    const [answer = ''] = await company.say('fail over Nobody', ADMIN, room);
    expect(answer).toMatch(/Nobody is not hosted on Akash.*Nova is\./s);
    expect(await company.command('/failover')).toMatch(
      /Nova, at provider .*its lease was lost; now at provider .*first task done after/s,
    );
  });
});

/** What a failover took, for whoever reads the tests' output. */
function say(after: string, failover: Failover | undefined): void {
  const { detectedAtMs = 0, placedAtMs = 0, recoveredAtMs = 0 } = failover ?? {};
  const [placed, recovered] = [placedAtMs, recoveredAtMs].map((ms) => String(ms - detectedAtMs));
  process.stdout.write(
    `failover after ${after}: ready in ${placed}, recovered in ${recovered} ms\n`,
  );
}

/** For what takes a provider and a whole server to start, on a machine that does other things too. */
async function waitLong(check: () => Promise<void>, most = TRIES): Promise<void> {
  for (let tries = 1; ; tries += 1)
    try {
      await eventually(check);
      return;
    } catch (error) {
      if (tries === most) throw error;
    }
}

/** The servers of hosted agents, which the devnet has started below this process. */
function agentProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isBelowUs(pid) && commandOf(pid).split('\0').includes('agent'));
}

function isBelowUs(pid: number): boolean {
  for (let one = pid; one > 1; one = parentOf(one)) if (one === process.pid) return true;
  return false;
}

function parentOf(pid: number): number {
  return Number(/\) \S (\d+)/.exec(read(pid, 'stat'))?.[1] ?? 0);
}

function commandOf(pid: number): string {
  return read(pid, 'cmdline');
}

// It may have ended since.
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${String(pid)}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
