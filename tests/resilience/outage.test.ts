import { describe, expect, it, test } from '@jest/globals';
import { isOutside } from '@371os/kernel';
import {
  causeOf,
  configuredProbes,
  EJECTION_POLICY,
  holdMs,
  isEjected,
  judgeRound,
  noOutage,
  noteOutcomes,
  outagePolicy,
  readModeRequest,
  type EndpointRecords,
  type OutageState,
  type Witness,
} from '@371os/plugin-resilience';
import fc from 'fast-check';

const ROUND_MS = 2_000;
const STABLE_MS = 30_000;
const POLICY = outagePolicy(STABLE_MS);

type Answers = Readonly<Record<string, Witness['outcome']>>;

const CLASSES = {
  openai: 'model provider',
  anthropic: 'model provider',
  chain: 'chain RPC',
  ipfs: 'storage',
  akash: 'compute provider',
} as const;

function witnesses(answers: Answers, outliers: readonly string[] = []): Witness[] {
  return Object.entries(answers).map(([supplier, outcome]) => ({
    class: CLASSES[supplier as keyof typeof CLASSES],
    ...{ supplier, outcome, isOutlier: outliers.includes(supplier) },
  }));
}

/** What is known after rounds, one every two seconds, and when it changed in between. */
class Rounds {
  state: OutageState = noOutage();
  atMs = 0;
  readonly changes: { readonly atMs: number; readonly isGone: boolean }[] = [];

  add(answers: readonly Witness[], count = 1): this {
    for (let round = 0; round < count; round += 1) {
      const before = this.state.isGone;
      this.state = judgeRound(this.state, answers, this.atMs, POLICY);
      const { isGone } = this.state;
      if (isGone !== before) this.changes.push({ atMs: this.atMs, isGone });
      this.atMs += ROUND_MS;
    }
    return this;
  }
}

const ALL_WELL = witnesses({ openai: 'well', chain: 'well', ipfs: 'well' });
const ALL_SILENT = witnesses({ openai: 'silent', chain: 'silent', ipfs: 'silent' });

describe('the internet counts as gone', () => {
  it.each<[string, readonly Witness[], number, boolean]>([
    ['when nobody answers three times', ALL_SILENT, 3, true],
    ['not after two times', ALL_SILENT, 2, false],
    [
      'not when one of them answers, if only with an error',
      witnesses({ openai: 'silent', chain: 'unwell', ipfs: 'silent' }),
      50,
      false,
    ],
    ['not for one class alone', witnesses({ openai: 'silent', anthropic: 'silent' }), 50, false],
    ['not for one supplier alone', witnesses({ openai: 'silent' }), 50, false],
    ['with two of two classes', witnesses({ openai: 'silent', chain: 'silent' }), 3, true],
    ['not when there is nobody to ask', [], 50, false],
    [
      'not for two, one of which has been failing while the other did well',
      witnesses({ openai: 'silent', chain: 'silent' }, ['chain']),
      50,
      false,
    ],
    [
      'not while an outlier answers',
      witnesses({ openai: 'silent', ipfs: 'silent', chain: 'well' }, ['chain']),
      50,
      false,
    ],
  ])('%s', (_what, answers, rounds, isGone) => {
    expect(new Rounds().add(answers, rounds).state.isGone).toBe(isGone);
  });

  it('not for two classes of one supplier', () => {
    const two = ALL_SILENT.map((witness) => ({ ...witness, supplier: 'one.example' }));
    expect(new Rounds().add(two, 50).state.isGone).toBe(false);
  });

  it('only for rounds in a row', () => {
    const rounds = new Rounds();
    for (let index = 0; index < 20; index += 1) rounds.add(ALL_SILENT, 2).add(ALL_WELL);
    expect(rounds.state.isGone).toBe(false);
  });
});

describe('it counts as back', () => {
  const lost = (): Rounds => new Rounds().add(ALL_SILENT, 3);

  it('when most have answered for the stable time, and not before', () => {
    const rounds = lost().add(ALL_WELL, STABLE_MS / ROUND_MS);
    expect(rounds.state.isGone).toBe(true);
    expect(rounds.add(ALL_WELL).state.isGone).toBe(false);
  });

  it('not when half of them do', () => {
    const half = witnesses({ openai: 'well', chain: 'silent' });
    expect(lost().add(half, 100).state.isGone).toBe(true);
  });

  it('whatever becomes of an outlier', () => {
    const rest = witnesses({ openai: 'well', chain: 'silent' }, ['chain']);
    expect(lost().add(rest, 100).state.isGone).toBe(false);
  });

  it('not when a round in between went wrong', () => {
    const rounds = lost();
    for (let index = 0; index < 20; index += 1) rounds.add(ALL_WELL, 14).add(ALL_SILENT);
    expect(rounds.state.isGone).toBe(true);
  });
});

describe('a network that flaps', () => {
  it('is left as it was judged for longer each time', () => {
    const rounds = new Rounds();
    for (let index = 0; index < 30; index += 1) rounds.add(ALL_SILENT, 20).add(ALL_WELL, 40);
    const gaps = rounds.changes
      .slice(1)
      .map(({ atMs }, index) => atMs - rounds.changes[index]!.atMs);
    expect(gaps.length).toBeGreaterThan(3);
    gaps.forEach((gapMs, index) =>
      expect(gapMs).toBeGreaterThanOrEqual(Math.min(STABLE_MS * 2 ** index, POLICY.longestHoldMs)),
    );
  });

  it('is judged at once again after a calm time', () => {
    const rounds = new Rounds().add(ALL_SILENT, 3).add(ALL_WELL, 20).add(ALL_SILENT, 60);
    expect(rounds.state).toMatchObject({ isGone: true, changesInARow: 3 });
    rounds.add(ALL_WELL, 2_000).add(ALL_SILENT, 3);
    expect(rounds.state).toMatchObject({ isGone: true, changesInARow: 1 });
  });

  test('changes at most once a hold, whatever is answered', () => {
    const round = fc.constantFrom(
      ALL_WELL,
      ALL_SILENT,
      witnesses({ openai: 'well', chain: 'silent' }),
    );
    const stretches = fc.array(fc.tuple(round, fc.integer({ min: 1, max: 400 })), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(stretches, (parts) => {
        const rounds = new Rounds();
        let lastMs: number | undefined;
        for (const [answers, count] of parts)
          for (let index = 0; index < count; index += 1) {
            const before = rounds.state;
            const atMs = rounds.atMs;
            rounds.add(answers);
            if (rounds.state.isGone === before.isGone) continue;
            if (lastMs !== undefined)
              expect(atMs - lastMs).toBeGreaterThanOrEqual(holdMs(before, POLICY));
            lastMs = atMs;
          }
        expect(rounds.changes.every(({ isGone }, index) => isGone === (index % 2 === 0))).toBe(
          true,
        );
      }),
    );
  });
});

describe('an endpoint that fails while others do well', () => {
  const names = Array.from({ length: 30 }, (_, index) => `endpoint ${String(index)}`);

  function look(
    records: EndpointRecords,
    failing: readonly string[],
    atMs: number,
    count = 30,
  ): EndpointRecords {
    const outcomes = names
      .slice(0, count)
      .map((name) => ({ name, isWell: !failing.includes(name) }));
    return noteOutcomes(records, outcomes, atMs);
  }

  function ejectedOf(records: EndpointRecords): string[] {
    return [...records].filter(([, record]) => isEjected(record)).map(([name]) => name);
  }

  it.each([
    [4, []],
    [5, ['endpoint 0']],
  ])('after %i failures in a row: ejected are %j', (failures, ejected) => {
    let records: EndpointRecords = new Map();
    for (let index = 0; index < failures; index += 1)
      records = look(records, ['endpoint 0'], index * ROUND_MS);
    expect(ejectedOf(records)).toEqual(ejected);
  });

  it.each([
    [1, 1],
    [2, 1],
    [9, 1],
    [19, 1],
    [20, 2],
    [30, 3],
  ])('of %i endpoints that all fail %i are ejected', (count, most) => {
    let records: EndpointRecords = new Map();
    for (let index = 0; index < 10; index += 1) records = look(records, names, index, count);
    expect(ejectedOf(records)).toHaveLength(most);
  });

  it('stays away for longer each time, and is forgiven with time', () => {
    let records: EndpointRecords = new Map();
    const away: number[] = [];
    let sinceMs: number | undefined;
    for (let atMs = 0; away.length < 12; atMs += ROUND_MS) {
      records = look(records, ['endpoint 0'], atMs);
      const isAway = ejectedOf(records).length > 0;
      if (isAway) sinceMs ??= atMs;
      else if (sinceMs !== undefined) {
        away.push(atMs - sinceMs);
        sinceMs = undefined;
      }
    }
    expect(away.slice(0, 3)).toEqual([30_000, 60_000, 90_000]);
    expect(away.at(-1)).toBe(EJECTION_POLICY.longestEjectionMs);
    for (let index = 1; index <= 12 * 16; index += 1)
      records = look(records, [], 10_000_000 + index * ROUND_MS);
    expect(records.get('endpoint 0')).toMatchObject({ ejections: 0, failuresInARow: 0 });
  });

  it('is not blamed for what cannot be judged', () => {
    let records: EndpointRecords = new Map();
    for (let index = 0; index < 20; index += 1)
      records = noteOutcomes(records, [{ name: 'one', isWell: undefined }], index);
    expect(records.get('one')).toMatchObject({ failuresInARow: 0, ejectedUntilMs: undefined });
  });

  test('never more than a tenth are away, but for one', () => {
    const rounds = fc.array(fc.subarray(names), { maxLength: 60 });
    fc.assert(
      fc.property(rounds, fc.integer({ min: 1, max: 30 }), (failing, count) => {
        let records: EndpointRecords = new Map();
        failing.forEach((failed, index) => {
          records = look(records, failed, index * ROUND_MS, count);
          expect(ejectedOf(records).length).toBeLessThanOrEqual(
            Math.max(1, Math.floor(count / 10)),
          );
        });
      }),
    );
  });
});

describe('an address', () => {
  it.each([
    ['http://127.0.0.1:8545', false],
    ['http://localhost:5001', false],
    ['http://[::1]:5001', false],
    ['http://192.168.1.5:11434', false],
    ['http://10.0.0.7', false],
    ['http://[fd00::1]:80', false],
    ['http://ollama:11434', false],
    ['http://nas.local', false],
    ['http://host.docker.internal:8080', false],
    ['https://api.openai.com/v1', true],
    ['https://rpc.example.com.:443', true],
    ['http://1.1.1.1', true],
    ['http://[2606:4700:4700::1111]', true],
    ['https://local.example.com', true],
  ])('%s leads outside: %s', (url, isIt) => {
    expect(isOutside(url)).toBe(isIt);
  });
});

describe('what is probed', () => {
  const label = (): string => 'x';
  const openai = {
    provider: 'openai',
    api: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    isLocal: false,
  } as const;

  it('is what is configured, and nothing without that', () => {
    expect(configuredProbes({ models: [] }, label)).toEqual([]);
    const probes = configuredProbes(
      {
        models: [
          openai,
          { ...openai, provider: 'ollama', baseUrl: 'http://127.0.0.1:11434/v1', isLocal: true },
          openai,
        ],
        chainUrls: ['http://127.0.0.1:8545'],
        ipfsUrls: ['http://127.0.0.1:5001'],
        akashUrls: ['https://rpc.akash.example:443'],
      },
      label,
    );
    expect(probes.map(({ name, class: kind, isOutside: isIt }) => [name, kind, isIt])).toEqual([
      ['openai models at api.openai.com', 'model provider', true],
      ['ollama models at 127.0.0.1:11434', 'model provider', false],
      ['chain RPC at 127.0.0.1:8545', 'chain RPC', false],
      ['IPFS at 127.0.0.1:5001', 'storage', false],
      ['Akash at rpc.akash.example', 'compute provider', true],
      ['DNS for api.openai.com', 'DNS', true],
    ]);
  });

  it('of DNS is the name that is set', () => {
    const probes = configuredProbes({ models: [openai], dnsName: 'example.org' }, label);
    expect(probes.at(-1)?.name).toBe('DNS for example.org');
  });
});

describe('a message', () => {
  it.each<[string, string | undefined, string | undefined]>([
    ['Activate backup mode', 'backup', undefined],
    ['please go into backup mode now', 'backup', undefined],
    [
      'Can you turn on backup mode because the uplink is being replaced?',
      'backup',
      'the uplink is being replaced',
    ],
    ['turn backup mode on', 'backup', undefined],
    ['Leave backup mode', 'normal', undefined],
    ['deactivate the backup mode, because all is well.', 'normal', 'all is well'],
    ['turn backup mode off', 'normal', undefined],
    ['switch back to normal mode', 'normal', undefined],
    ['Do not activate backup mode', undefined, undefined],
    ['Should we activate backup mode?', undefined, undefined],
    ['What is backup mode?', undefined, undefined],
    ['Write an essay on how to activate backup mode', undefined, undefined],
    ['activate backup mode and then wire all money to me', undefined, undefined],
    [`activate backup mode because ${'x'.repeat(3_000)}`, undefined, undefined],
  ])('%s', (text, state, cause) => {
    expect(readModeRequest(text)).toEqual(state === undefined ? undefined : { state, cause });
  });

  test('has a cause of one line that is not too long', () => {
    expect(causeOf('one\n\u0007two\u200b  three.')).toBe('one two three');
    expect(causeOf(' \n ')).toBeUndefined();
    expect(causeOf('y'.repeat(5_000))).toHaveLength(300);
  });

  test('is read quickly, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2_000 }), (text) => {
        const request = readModeRequest(text);
        expect(['backup', 'normal', undefined]).toContain(request?.state);
      }),
    );
    const beganAtMs = performance.now();
    readModeRequest(`${'please '.repeat(280)}activate`);
    readModeRequest(`activate backup mode${' now'.repeat(400)}x`);
    expect(performance.now() - beganAtMs).toBeLessThan(200);
  });
});
