import { describe, expect, it, test } from '@jest/globals';
import {
  AGENT_STATES,
  composeCharacter,
  isOver,
  isWorking,
  judge,
  noticeWords,
  loadTemplates,
  mayBecome,
  performanceOf,
  readCreationRequest,
  readLifeRequest,
  templateFor,
  type AgentState,
  type EndedTask,
} from '@371os/plugin-lifecycle';
import {
  planForInstance,
  tokenName,
  tokenOwner,
} from '../../plugins/plugin-lifecycle/src/domain/hosted-environment.ts';
import {
  hourlyPrice,
  rangePlanOf,
} from '../../plugins/plugin-lifecycle/src/domain/hosted-instance.ts';
import {
  workplacesOf,
  type AgentSign,
} from '../../plugins/plugin-lifecycle/src/domain/workplace.ts';
import type { AgentRecord } from '@371os/plugin-lifecycle';
import { validateCharacter } from '@elizaos/core';
import { parseUsd } from '@371os/kernel';
import fc from 'fast-check';

describe('the states of an agent', () => {
  it.each<[AgentState, AgentState, boolean]>([
    ['creating', 'initialising', true],
    ['creating', 'ready', false],
    ['initialising', 'ready', true],
    ['ready', 'busy', true],
    ['busy', 'ready', true],
    ['ready', 'stopped', false],
    ['busy', 'draining', true],
    ['draining', 'ready', false],
    ['draining', 'stopped', true],
    ['stopped', 'ready', false],
    ['stopped', 'creating', true],
    ['failed', 'ready', false],
  ])('%s -> %s: %s', (from, to, may) => {
    expect(mayBecome(from, to)).toBe(may);
  });

  it('lead from every state to an end, and to one that works', () => {
    const reachable = (from: AgentState, seen = new Set<AgentState>()): Set<AgentState> => {
      for (const to of AGENT_STATES)
        if (mayBecome(from, to) && !seen.has(to)) reachable(to, seen.add(to));
      return seen;
    };
    for (const state of AGENT_STATES) {
      expect([...reachable(state)].some(isOver)).toBe(true);
      expect([...reachable(state)].some(isWorking)).toBe(true);
    }
  });
});

describe('the places of a hosted agent', () => {
  it.each([
    { id: 'analyst', generation: 1, instance: 0 },
    { id: 'analyst-1', generation: 2, instance: 0 },
    { id: 'analyst', generation: 1, instance: 2 },
    { id: 'a'.repeat(40), generation: 999_999_999, instance: 999 },
  ])('have tokens with names of their own: %j', (owner) => {
    const name = tokenName(owner);
    expect(name.length).toBeLessThanOrEqual(64);
    expect(tokenOwner(name)).toEqual(owner);
  });

  it('have what was approved deployed, with another token', () => {
    const text = 'agent-token-analyst-1 is no secret in a sentence';
    const plan = {
      sdl: { env: ['AGENT_TOKEN=secret:agent-token-analyst-1', `BIO=${text}`], count: 1 },
      secrets: ['OPENAI', 'agent-token-analyst-1'],
    };
    const owner = { id: 'analyst', generation: 1 };
    expect(planForInstance(plan, { ...owner, instance: 0 })).toEqual(plan);
    expect(planForInstance(plan, { ...owner, instance: 2 })).toEqual({
      sdl: { env: ['AGENT_TOKEN=secret:token-of-analyst-1-2', `BIO=${text}`], count: 1 },
      secrets: ['OPENAI', 'token-of-analyst-1-2'],
    });
  });

  it('are approved with a price an hour that is never less than that of the month', () => {
    const plan = rangePlanOf(
      { id: 'a', generation: 1, name: 'Analyst' },
      { min: 1, max: 3 },
      parseUsd('9'),
    );
    expect(plan).toMatchObject({ usdPerHour: '0.0124', usdPerMonth: '9.00' });
    expect(hourlyPrice(parseUsd('730.488'))).toBe(parseUsd('1'));
    expect(hourlyPrice(1n)).toBe(parseUsd('0.0001'));
  });
});

describe('a request to create an agent', () => {
  const good = { name: 'Analyst' };

  it('needs a name alone', () => {
    expect(readCreationRequest(good)).toMatchObject({
      ...{ name: 'Analyst', capabilities: [], hosting: 'in-process', settings: {} },
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['no name', {}, /name: a name is expected/],
    ['a name that is a path', { name: '../etc' }, /name: a letter/],
    ['a name without end', { name: 'a'.repeat(49) }, /name: a letter/],
    ['an unknown field', { ...good, wallet: 'mine' }, /Unrecognized key.*wallet/],
    ['a price in words', { ...good, economicTerms: { rate: 'cheap' } }, /economicTerms.rate/],
    ['a negative price', { ...good, economicTerms: { rate: -1 } }, /economicTerms.rate/],
    [
      'a coin that nobody knows',
      { ...good, economicTerms: { rate: '1', currency: 'DOGE' } },
      /currency/,
    ],
    ['a place that is none', { ...good, hosting: 'moon' }, /hosting/],
    ['a setting in small letters', { ...good, settings: { quality: 'high' } }, /settings/],
    ['too many capabilities', { ...good, capabilities: Array(65).fill('x') }, /capabilities/],
    ['a list', [good], /expected object/],
    ['nothing', null, /expected object/],
  ])('is refused with %s', (_what, raw, problem) => {
    expect(() => readCreationRequest(raw)).toThrow(problem);
  });

  test('whatever somebody sends, it is read or refused in words', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (raw) => {
        try {
          expect(readCreationRequest(raw).name.length).toBeGreaterThan(0);
        } catch (error) {
          expect((error as Error).message).toMatch(/^The agent cannot be created: /);
        }
      }),
    );
  });
});

describe('the characters of new agents', () => {
  const templates = loadTemplates();

  it.each([...Object.keys(templates.types), 'Astronomer', undefined])(
    'of the type %s are accepted by ElizaOS, and take requests',
    (agentType) => {
      const request = readCreationRequest({
        ...{ name: 'Nova', agentType, capabilities: ['star_maps'] },
        economicTerms: { rate: '0.05' },
      });
      const character = composeCharacter(crypto.randomUUID(), request, templates);
      expect(validateCharacter(character)).toMatchObject({ success: true });
      expect(character).toMatchObject({
        name: 'Nova',
        settings: {
          routing: { role: templateFor(templates, agentType).role, usdPerTask: '0.05' },
          registration: { economics: { basePrice: '0.05', currency: 'USD' } },
        },
      });
      expect(character['system']).toContain('star maps');
    },
  );

  it('have what the person gave before what the template says, but never another name or id', () => {
    const request = readCreationRequest({
      ...{ name: 'Nova', agentType: 'CMO', settings: { QUALITY: 'high' } },
      character: {
        name: 'Mallory',
        id: 'x',
        system: 'Be brief.',
        settings: { QUALITY: 'low', A: 1 },
      },
    });
    const character = composeCharacter('the-id', request, templates);
    expect(character).toMatchObject({ name: 'Nova', id: 'the-id', system: 'Be brief.' });
    expect(character['settings']).toMatchObject({
      QUALITY: 'high',
      A: 1,
      routing: { role: 'CMO' },
    });
  });

  it('state no price in dollars that was said in another coin', () => {
    const request = readCreationRequest({
      ...{ name: 'Nova', economicTerms: { rate: '2', currency: 'AKT' } },
    });
    const { settings } = composeCharacter('the-id', request, templates) as {
      settings: { routing: object };
    };
    expect(settings.routing).not.toHaveProperty('usdPerTask');
  });
});

describe('a message about an agent', () => {
  it.each<[string, ReturnType<typeof readLifeRequest>]>([
    [
      'Create a CMO agent called Analyst with the capabilities data analysis, campaigns and reports at 0.05 USD',
      {
        kind: 'create',
        fields: {
          ...{ name: 'Analyst', agentType: 'CMO', rate: '0.05', currency: 'USD' },
          capabilities: 'data analysis, campaigns, reports',
        },
      },
    ],
    [
      'please create an agent named Nova of type Astronomer on akash',
      { kind: 'create', fields: { name: 'Nova', agentType: 'Astronomer', hosting: 'akash' } },
    ],
    ['hire a new agent called Bob Smith', { kind: 'create', fields: { name: 'Bob Smith' } }],
    ['bring back the agent Nova', { kind: 'create', fields: { name: 'Nova', from: 'Nova' } }],
    ['Retire the agent Analyst', { kind: 'retire', fields: { name: 'Analyst' } }],
    ['shut down agent Nova', { kind: 'retire', fields: { name: 'Nova' } }],
    ['restart the agent CFO Maya', { kind: 'restart', fields: { name: 'CFO Maya' } }],
    ['How is the agent Analyst?', { kind: 'status', fields: { name: 'Analyst' } }],
    ['what is the status of agent Nova', { kind: 'status', fields: { name: 'Nova' } }],
    ['create an agent for our newsletter', undefined],
    ['Should we retire the old dashboard?', undefined],
    ['retire yourself from the registry', undefined],
    ['write a story about an agent called Bond', undefined],
    ['restart the web server', undefined],
    ['', undefined],
  ])('%s', (text, request) => {
    expect(readLifeRequest(text)).toEqual(request);
  });

  test('no text makes it throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void readLifeRequest(`create an agent ${text}`)));
  });
});

describe('the clean-up', () => {
  const HOUR = 3_600_000;
  const policy = { idleHours: 2, allowancePico: parseUsd('1'), noticeMs: HOUR };
  const subject = { activeAtMs: 0, spentPico: 0n, noticedAtMs: undefined };

  it.each([
    ['spares one that works', subject, HOUR, { kind: 'none' }],
    ['gives notice to an idle one', subject, 2 * HOUR, { kind: 'notice', why: /2 hours/ }],
    [
      'waits for the notice to run out',
      { ...subject, noticedAtMs: 2 * HOUR },
      2.5 * HOUR,
      { kind: 'none' },
    ],
    [
      'retires it then',
      { ...subject, noticedAtMs: 2 * HOUR },
      3 * HOUR,
      { kind: 'retire', why: /2 hours/ },
    ],
    [
      'takes the notice back when it has worked meanwhile',
      { ...subject, activeAtMs: 2.2 * HOUR, noticedAtMs: 2 * HOUR },
      ...([3 * HOUR, { kind: 'spare' }] as const),
    ],
    [
      'gives notice to one that has used up its allowance',
      { ...subject, spentPico: parseUsd('1') },
      ...([0, { kind: 'notice', why: /allowance/ }] as const),
    ],
    [
      'knows a limit that is just kept',
      { ...subject, spentPico: parseUsd('1') - 1n },
      0,
      { kind: 'none' },
    ],
  ])('%s', (_what, agent, nowMs, expected) => {
    const { kind, why } = expected as { kind: string; why?: RegExp };
    const judged = judge(agent, policy, nowMs);
    expect(judged.kind).toBe(kind);
    if (why) expect('why' in judged && judged.why).toMatch(why);
  });

  it.each([
    [0, 'shortly'],
    [60_000, 'in 1 minute'],
    [5 * 60_000, 'in 5 minutes'],
    [2 * HOUR, 'in 2 hours'],
    [24 * HOUR, 'in 24 hours'],
  ])('says %i ms before that it will be retired %s', (noticeMs, when) => {
    const words = noticeWords({ name: 'Idle' }, 'it has had nothing to do', noticeMs);
    expect(words).toContain(`Idle will be retired ${when}, since it has had nothing to do.`);
  });

  it('ends nobody who was never told, and nobody for being idle where that is off', () => {
    fc.assert(
      fc.property(
        fc.nat(1e12),
        fc.nat(1e12),
        fc.bigInt(0n, 10n ** 13n),
        (activeAtMs, nowMs, spent) => {
          const one = { activeAtMs, spentPico: spent, noticedAtMs: undefined };
          expect(judge(one, policy, nowMs).kind).not.toBe('retire');
          const off = { idleHours: 0, allowancePico: undefined, noticeMs: 0 };
          expect(judge(one, off, nowMs).kind).toBe('none');
        },
      ),
    );
  });
});

describe('how an agent does', () => {
  const task = (
    state: EndedTask['state'],
    tookMs: number,
    more: Partial<EndedTask> = {},
  ): EndedTask => ({
    ...{ state, tookMs, attempts: 1, costPico: 1n, endedAtMs: 0 },
    ...more,
  });

  it('is unknown before it has done anything', () => {
    expect(performanceOf([], { queued: 3, nowMs: 0 })).toMatchObject({
      ...{
        completed: 0,
        failed: 0,
        queued: 3,
        errorRatePercent: null,
        averageMs: null,
        p95Ms: null,
      },
    });
  });

  it('is told by its tasks; canceled ones are nobody’s fault', () => {
    const ended = [
      task('COMPLETED', 100, { endedAtMs: 100_000 }),
      task('COMPLETED', 300, { attempts: 3, endedAtMs: 90_000 }),
      task('FAILED', 9_000, { endedAtMs: 10_000 }),
      task('CANCELED', 5_000),
    ];
    expect(performanceOf(ended, { queued: 0, nowMs: 110_000 })).toEqual({
      ...{
        completed: 2,
        failed: 1,
        queued: 0,
        errorRatePercent: 100 / 3,
        averageMs: 200,
        p95Ms: 300,
      },
      ...{ totalMs: 400, retries: 2, throughputPerSecond: 2 / 60, costPico: 4n },
      lastEndedAtMs: 100_000,
    });
  });
});

describe('where an agent works', () => {
  const here = { processId: 'p1', host: 'vm', machine: 'vm boot-1' };
  const placement = { deploymentId: 'd', provider: 'akash1p', region: 'us' };
  const agent = (more: object): AgentRecord =>
    ({ name: 'Maya', role: 'CFO', hosting: 'in-process', state: 'ready', ...more }) as AgentRecord;
  const sign = (machine: string, host = 'vm2'): AgentSign => ({ agent: 'Maya', host, machine });

  it.each<[string, object, AgentSign[], object | undefined]>([
    ['this process runs', { host: 'p1' }, [], { kind: 'here', place: 'vm' }],
    ['is busy in it', { host: 'p1', state: 'busy' }, [], { kind: 'here' }],
    ['another process of the machine runs', { host: 'p2' }, [sign('vm boot-1')], { kind: 'here' }],
    [
      'another machine runs',
      { host: 'p2' },
      [sign('vm2 boot-1')],
      { kind: 'elsewhere', place: 'vm2' },
    ],
    ['nobody is seen to run', { host: 'p2' }, [], undefined],
    ['is about to end', { host: 'p1', state: 'draining' }, [], undefined],
    [
      'Akash runs',
      { hosting: 'akash', placement },
      [],
      { kind: 'akash', place: 'akash1p', region: 'us', deploymentId: 'd' },
    ],
    ['has no lease yet', { hosting: 'akash' }, [], undefined],
  ])('that %s', (_name, more, signs, place) => {
    const [found] = workplacesOf([agent(more)], signs, here);
    if (place) expect(found).toMatchObject({ name: 'Maya', role: 'CFO', ...place });
    else expect(found).toBeUndefined();
  });

  it('has a replica of an agent work where its process is, while that takes work', () => {
    const profile = JSON.stringify({ role: 'CFO' });
    const of = (name: string, machine: string, more: Partial<AgentSign> = {}): AgentSign => ({
      ...{ agent: name, host: 'vm2', machine, state: 'ready', profile, ...more },
    });
    const signs = [
      of('Maya#1', 'vm boot-1'),
      of('Maya#2', 'vm2 boot-1', { operator: 'south', region: 'us' }),
      of('Maya#3', 'vm2 boot-1', { state: 'draining' }),
      of('Maya#4', 'vm2 boot-1', { profile: '{}' }),
    ];
    expect(workplacesOf([], signs, here)).toMatchObject([
      { name: 'Maya#1', role: 'CFO', kind: 'here', place: 'vm' },
      { name: 'Maya#2', kind: 'elsewhere', place: 'vm2', operator: 'south', region: 'us' },
    ]);
  });
});
