import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  chooseAgent,
  type Candidate,
  type Choice,
  type Circumstances,
} from '../../plugins/plugin-router/src/domain/choose-agent.ts';
import { entryOf } from '../../plugins/plugin-router/src/domain/directory-entry.ts';
import { likenessOf, normaliseVector } from '../../plugins/plugin-router/src/domain/likeness.ts';
import { refusalOf } from '../../plugins/plugin-router/src/domain/task-chain.ts';

const NOW = 1_000_000;
const IN_GENERAL: Circumstances = {
  department: { label: 'CFO', confidence: 0.9, isAbstention: false },
  labels: ['CEO', 'CTO', 'CFO', 'CMO'],
  minimumScore: 0.5,
  triageRole: 'CEO',
  answered: [],
  isConfidential: false,
  failing: { failuresInARow: 3, forMs: 60_000 },
  nowMs: NOW,
};

interface Standing {
  readonly score?: number;
  readonly hasRule?: boolean;
  readonly open?: number;
  readonly failures?: number;
  readonly failedAgoMs?: number;
  readonly isThere?: boolean;
  readonly isLocal?: boolean;
  readonly isElsewhere?: boolean;
  /** Of one past task. */
  readonly costPico?: bigint | undefined;
}

/** An agent of which all but what is said is as good as can be, with two lanes. */
function agent(name: string, standing: Standing = {}): Candidate {
  const { score = 0.6, hasRule = false, open = 0, failures = 0, failedAgoMs = 0 } = standing;
  const { isThere = true, isLocal = true, isElsewhere, costPico } = standing;
  const profile = {
    name,
    role: name.split(' ')[0] ?? '',
    examples: [],
    capabilities: [],
    concurrency: 2,
    isThere,
    isLocal,
    isElsewhere,
  };
  const record = {
    open,
    completed: costPico === undefined ? 0 : 1,
    costPico: costPico ?? 0n,
    failuresInARow: failures,
    lastFailedAt: NOW - failedAgoMs,
  };
  return {
    entry: entryOf(profile, record),
    likeness: { score, nearest: `like ${name}` },
    hasRule,
  };
}

const maya = agent('CFO Maya', { score: 0.9 });
const cash = agent('CFO Cash');
const zara = agent('CTO Zara', { score: 0.3 });
const mimi = agent('CEO Mimi', { score: 0.1 });

function choose(candidates: Candidate[], more: Partial<Circumstances> = {}): Choice | undefined {
  return chooseAgent(candidates, { ...IN_GENERAL, ...more });
}

function verdicts(choice: Choice | undefined): Record<string, string> {
  return Object.fromEntries(choice?.candidates.map((one) => [one.agent, one.verdict]) ?? []);
}

const UNSURE = { label: 'CFO', confidence: 0.3, isAbstention: true };

describe('who is able', () => {
  test('the department is, and the reason says how sure it is', () => {
    const choice = choose([mimi, zara, maya]);
    expect(choice).toMatchObject({ agent: 'CFO Maya', isAbstention: false });
    expect(choice?.reason).toBe('it is work for the CFO (90 % sure)');
    expect(verdicts(choice)).toEqual({
      'CFO Maya': 'asked',
      'CTO Zara': 'does the work of the CTO',
      'CEO Mimi': 'does the work of the CEO',
    });
  });

  test('what is unclear goes to triage', () => {
    const choice = choose([mimi, zara, maya], { department: UNSURE });
    expect(choice).toMatchObject({ agent: 'CEO Mimi', isAbstention: true });
    expect(choice?.reason).toBe("nobody's work is clearly meant (CFO with 30 %), so CEO takes it");
  });

  test('work for a department that is not here goes to triage', () => {
    const choice = choose([mimi, zara]);
    expect(choice).toMatchObject({ agent: 'CEO Mimi', isAbstention: true });
    expect(choice?.reason).toMatch(/work for the CFO, and nobody here does that/);
  });

  test('without a triage role the one most like it is asked', () => {
    const choice = choose([zara, maya], { department: UNSURE });
    expect(choice).toMatchObject({ agent: 'CFO Maya', isAbstention: true });
    expect(verdicts(choice)['CTO Zara']).toBe('is less like it');
  });

  test('a rule that reads it is surer than the classifier, unless rules disagree', () => {
    const ruled = agent('CTO Zara', { hasRule: true });
    const choice = choose([mimi, ruled, maya]);
    expect(choice).toMatchObject({ agent: 'CTO Zara', isAbstention: false });
    expect(choice?.reason).toBe('it is the one who has a rule for it');
    const other = agent('CMO Anova', { hasRule: true });
    expect(choose([ruled, maya, other])).toMatchObject({ agent: 'CFO Maya' });
  });

  test('a rule takes nothing from whom the classifier names in another process, whose rules are not seen', () => {
    const ruled = agent('CEO Mimi', { hasRule: true });
    const away = agent('CFO Maya', { isElsewhere: true });
    expect(choose([ruled, away])).toMatchObject({ agent: 'CFO Maya' });
    expect(choose([ruled, away], { department: UNSURE })).toMatchObject({ agent: 'CEO Mimi' });
    expect(choose([ruled, away, agent('CFO Cash', { hasRule: true })])?.agent).toMatch(/^CFO/);
  });

  test('nor from one on another machine', () => {
    const ruled = agent('CEO Mimi', { hasRule: true });
    expect(choose([ruled, agent('CFO Maya', { isLocal: false })])).toMatchObject({
      agent: 'CFO Maya',
    });
  });

  test('a department of the company’s own takes what its examples clearly fit', () => {
    const legal = (score: number): Candidate => agent('LEGAL Lee', { score });
    expect(choose([mimi, maya, legal(0.95)])).toMatchObject({ agent: 'LEGAL Lee' });
    expect(choose([mimi, maya, legal(0.91)])).toMatchObject({ agent: 'CFO Maya' });
    expect(choose([mimi, legal(0.49)], { department: UNSURE })).toMatchObject({
      agent: 'CEO Mimi',
    });
  });

  test('an empty company has nobody to ask', () => {
    expect(choose([])).toBeUndefined();
  });
});

describe('who is asked of those who are able', () => {
  test.each<[string, Standing, RegExp | undefined]>([
    ['is free', {}, undefined],
    ['has one lane left', { open: 1 }, undefined],
    ['is busy', { open: 2 }, /^is busy \(2 of 2 tasks\)$/],
    ['has failed twice', { failures: 2 }, undefined],
    ['is failing', { failures: 3 }, /^has failed 3 times in a row$/],
    ['failed a moment less ago than counts', { failures: 3, failedAgoMs: 59_999 }, /^has failed/],
    ['failed so long ago that it gets a chance', { failures: 3, failedAgoMs: 60_000 }, undefined],
    ['is not there', { isThere: false }, /^is not here$/],
  ])('the best one %s', (_name, standing, passedOver) => {
    const best = agent('CFO Maya', { score: 0.9, ...standing });
    const choice = choose([best, cash, zara]);
    expect(choice?.agent).toBe(passedOver ? 'CFO Cash' : 'CFO Maya');
    if (!passedOver) return;
    expect(verdicts(choice)['CFO Maya']).toMatch(passedOver);
    expect(choice?.reason).toContain(`; CFO Maya ${verdicts(choice)['CFO Maya'] ?? ''}`);
  });

  test.each<[string, Standing, Standing]>([
    ['a busy one before a failing one', { open: 9 }, { failures: 3 }],
    ['a failing one before one that is away', { failures: 3 }, { isThere: false }],
  ])('%s', (_name, better, worse) => {
    const choice = choose([agent('CFO Cash', worse), agent('CFO Maya', better)]);
    expect(choice?.agent).toBe('CFO Maya');
  });

  test.each<[string, Standing, string]>([
    ['busy', { open: 2 }, 'it is busy (2 of 2 tasks), so this waits for its turn'],
    ['failing', { failures: 4 }, 'it has failed 4 times in a row, and nobody else can do it'],
    ['away', { isThere: false }, 'it is not here, so this waits until it is back'],
  ])('when nobody else is able, one that is %s gets it, and the asker is told', (_n, how, told) => {
    const choice = choose([agent('CFO Maya', how), zara, mimi]);
    expect(choice).toMatchObject({ agent: 'CFO Maya', isAbstention: false });
    expect(choice?.reason).toBe(`it is work for the CFO (90 % sure); ${told}`);
  });

  test('the one most like it, not the cheapest', () => {
    const choice = choose([agent('CFO Cash', { costPico: 1n }), { ...maya }]);
    expect(choice?.agent).toBe('CFO Maya');
    expect(verdicts(choice)['CFO Cash']).toBe('is less like it');
  });

  test.each<[string, Standing, string]>([
    ['dearer', { costPico: 6n }, 'costs more'],
    ['of unknown cost', {}, 'may cost anything'],
    ['as cheap and busier', { costPico: 5n, open: 1 }, 'has more to do'],
    ['the same', { costPico: 5n }, 'comes later by name'],
  ])('of those as like it, the cheapest: another is %s', (_name, standing, why) => {
    const cheap = agent('CFO Ann', { costPico: 5n });
    const choice = choose([agent('CFO Bob', { score: 0.61, ...standing }), cheap]);
    expect(choice?.agent).toBe('CFO Ann');
    expect(verdicts(choice)['CFO Bob']).toBe(why);
  });
});

describe('who is out of the question', () => {
  test('who has had it: triage takes it, and then nobody', () => {
    const first = choose([mimi, zara, maya], { answered: ['CFO Maya'] });
    expect(first).toMatchObject({ agent: 'CEO Mimi' });
    expect(first?.reason).toBe(
      'it is work for the CFO, and CFO Maya has had it already, so CEO takes it',
    );
    expect(choose([mimi, zara, maya], { answered: ['CFO Maya', 'CEO Mimi'] })).toBeUndefined();
  });

  test('who has had it is not replaced by one of another department that is a little like it', () => {
    const legal = agent('LEGAL Lee', { score: 0.95 });
    const press = agent('PRESS Pat', { score: 0.7 });
    const choice = choose([legal, press, mimi], { answered: ['LEGAL Lee'], department: UNSURE });
    expect(choice?.agent).toBe('CEO Mimi');
  });

  test('another machine, for what is private', () => {
    const far = agent('CFO Far', { isLocal: false, score: 0.9 });
    expect(choose([far, cash])?.agent).toBe('CFO Far');
    const choice = choose([far, cash], { isConfidential: true });
    expect(choice?.agent).toBe('CFO Cash');
    expect(verdicts(choice)['CFO Far']).toMatch(/another machine/);
    expect(choose([far], { isConfidential: true })).toBeUndefined();
  });
});

test('whoever there is: one is asked, each of the others has a reason, the order does not matter', () => {
  const standing = fc.record({
    score: fc.constantFrom(0.2, 0.6, 0.61, 0.9),
    hasRule: fc.boolean(),
    open: fc.nat(3),
    failures: fc.nat(4),
    isThere: fc.boolean(),
    isLocal: fc.boolean(),
    costPico: fc.option(fc.bigInt(0n, 3n), { nil: undefined }),
  });
  const company = fc
    .uniqueArray(fc.constantFrom('CFO A', 'CFO B', 'CFO C', 'CTO A', 'LEGAL A', 'CEO A'), {
      minLength: 1,
    })
    .chain((names) => fc.tuple(...names.map((name) => standing.map((one) => agent(name, one)))));
  fc.assert(
    fc.property(company, fc.boolean(), (candidates, isConfidential) => {
      const choice = choose(candidates, { isConfidential });
      expect(choose(candidates.toReversed(), { isConfidential })).toEqual(choice);
      if (!choice) return expect(candidates.some(({ entry }) => entry.isLocal)).toBe(false);
      const asked = choice.candidates.filter(({ verdict }) => verdict === 'asked');
      expect(asked.map(({ agent: name }) => name)).toEqual([choice.agent]);
      expect(choice.candidates.every(({ verdict }) => verdict !== '')).toBe(true);
      const chosen = candidates.find(({ entry }) => entry.name === choice.agent)?.entry;
      expect(isConfidential && !chosen?.isLocal).toBe(false);
    }),
  );
});

describe('what a task of an agent costs', () => {
  const profile = {
    name: 'CFO Maya',
    role: 'CFO',
    examples: [],
    capabilities: [],
    concurrency: 1,
    isThere: true,
    isLocal: true,
  };
  test.each([
    ['what its tasks have cost', 3, 10n, 7n, { picoPerTask: 4n, basis: 'its last 3 tasks' }],
    ['what it states', 0, 0n, 7n, { picoPerTask: 7n, basis: 'as it states' }],
    ['nobody knows', 0, 0n, undefined, undefined],
  ])('%s', (_name, completed, costPico, statedRatePico, rate) => {
    const record = { open: 0, completed, costPico, failuresInARow: 0 };
    expect(entryOf({ ...profile, statedRatePico }, record).rate).toEqual(rate);
  });
});

describe('likeness', () => {
  test('one stray example does not outweigh three that fit', () => {
    const example = (...vector: number[]): { text: string; vector: number[] } => ({
      text: vector.join(),
      vector: normaliseVector(vector),
    });
    const stray = likenessOf([1, 0], [example(1, 0), example(0, 1), example(0, 1)]);
    const fitting = likenessOf([1, 0], [example(5, 1), example(5, 1), example(5, 1)]);
    expect(stray.nearest).toBe('1,0');
    expect(fitting.score).toBeGreaterThan(stray.score);
    expect(likenessOf([1, 0], [])).toEqual({ score: -1, nearest: '' });
  });
});

describe('a task that comes back', () => {
  test.each([
    ['to somebody new', 'C', ['B', 'A'], 3, undefined],
    ['to one who has had it', 'A', ['B', 'A'], 3, 'GIVEN_BACK'],
    ['to the one who hands it on', 'A', ['A'], 2, 'GIVEN_BACK'],
    ['too often', 'D', ['C', 'B', 'A'], 4, 'TOO_MANY_HOPS'],
  ])('%s', (_name, name, ancestors, hops, code) => {
    expect(refusalOf(name, ancestors, hops)?.code).toBe(code);
  });
});
