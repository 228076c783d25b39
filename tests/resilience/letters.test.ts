import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import resiliencePlugin, {
  canonicalJson,
  Database,
  isIntact,
  LettersInMemory,
  sealLetter,
  SqlLetters,
  type Json,
  type Letter,
  type LetterStore,
} from '@371os/plugin-resilience';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { failing, FATES, Network, Node, sha256, type Failure } from './letters-fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openDatabase([resiliencePlugin]);
});
afterAll(() => database.close());

async function emptySqlLetters(): Promise<SqlLetters> {
  for (const table of ['letters_out', 'letters_in', 'letter_senders', 'letters_sent'])
    await database.execute(sql.raw(`DELETE FROM resilience.${table}`));
  return new SqlLetters(new Database(database));
}

const IDS = ['a', 'b', 'c'] as const;

async function threeNodes(first?: LetterStore): Promise<{ network: Network; nodes: Node[] }> {
  const network = new Network();
  const inMemory = (): LetterStore => new LettersInMemory(() => network.nowMs);
  const nodes = IDS.map(
    (id, index) => new Node(id, index === 0 && first ? first : inMemory(), network),
  );
  return { network, nodes };
}

const pair = fc
  .tuple(fc.nat(2), fc.nat(2))
  .filter(([from, to]) => from !== to)
  .map(([from, to]) => ({ from, to }));
const step = fc.oneof(
  { weight: 4, arbitrary: pair.map((of) => ({ do: 'send' as const, ...of })) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(pair, fc.constantFrom(...FATES))
      .map(([of, fate]) => ({ do: 'deliver' as const, ...of, fate })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.nat(2), fc.constantFrom('before' as const, 'after' as const, undefined))
      .map(([at, dies]) => ({ do: 'die' as const, at, dies })),
  },
  { weight: 1, arbitrary: pair.map((of) => ({ do: 'cut' as const, ...of })) },
  { weight: 1, arbitrary: fc.constant({ do: 'heal' as const }) },
  { weight: 1, arbitrary: fc.nat(100).map((which) => ({ do: 'repeat' as const, which })) },
  {
    weight: 1,
    arbitrary: fc
      .array(pair, { minLength: 2, maxLength: 5 })
      .map((of) => ({ do: 'send together' as const, of })),
  },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

async function take(one: Step, network: Network, nodes: readonly Node[]): Promise<void> {
  const [node] = 'from' in one ? [nodes[one.from]!] : [];
  switch (one.do) {
    case 'send':
      return node!.send(IDS[one.to]!);
    case 'send together':
      await Promise.all(one.of.map(({ from, to }) => nodes[from]!.send(IDS[to]!)));
      return;
    case 'deliver':
      network.fate = one.fate;
      // What cannot be delivered now waits.
      await node!.post.deliver(IDS[one.to]!).catch(() => undefined);
      network.fate = 'arrives';
      return;
    case 'die':
      nodes[one.at]!.restart();
      nodes[one.at]!.dies = one.dies;
      return;
    case 'cut':
      network.cut(IDS[one.from]!, IDS[one.to]!);
      return;
    case 'heal':
      network.heal();
      return;
    case 'repeat':
      return network.repeat(one.which);
  }
}

/** Everything was applied where it should, once, after what it may have been caused by. */
async function expectSettled(network: Network, nodes: readonly Node[]): Promise<void> {
  const sentTo = new Map<string, string[]>(IDS.map((id) => [id, []]));
  for (const { id, store } of nodes)
    for (const receiver of IDS) {
      const letters = await store.from(receiver, 1, 1_000);
      letters.forEach((letter, index) => {
        expect(letter).toMatchObject({ number: index + 1, sender: id, receiver });
        expect(letter.previous).toBe(letters[index - 1]?.hash ?? '0'.repeat(64));
        expect(isIntact(letter, sha256)).toBe(true);
        sentTo.get(receiver)?.push(letter.id);
      });
      const there = await nodes.find((node) => node.id === receiver)!.store.sender(id);
      expect(there.newest).toBe(letters.length);
      expect(there.hash).toBe(letters.at(-1)?.hash ?? '0'.repeat(64));
    }
  for (const { id, effects, calls, forged } of nodes) {
    expect(effects.filter((letter) => calls.get(letter) !== 1)).toEqual([]);
    expect([...effects].sort()).toEqual(sentTo.get(id)?.sort());
    expect(forged).toEqual([]);
    effects.forEach((letter, position) => {
      for (const cause of network.pasts.get(letter) ?? [])
        if (effects.includes(cause)) expect(effects.indexOf(cause)).toBeLessThan(position);
    });
  }
}

interface FailingStep {
  readonly at: number;
  readonly failure: Failure;
}
const failingStep: fc.Arbitrary<FailingStep> = fc.record({
  at: fc.nat(2),
  failure: fc.record({ after: fc.nat(12), isDone: fc.boolean() }),
});

// An effect whose note was lost is called again, and does nothing then.
async function runWithFailures(steps: readonly (Step | FailingStep)[]): Promise<void> {
  const network = new Network();
  const stores = IDS.map(() => failing(new LettersInMemory(() => network.nowMs)));
  const nodes = IDS.map((id, index) => new Node(id, stores[index]!.store, network));
  for (const one of steps)
    if ('failure' in one) stores[one.at]!.fail(one.failure);
    else await take(one, network, nodes);
  // What is left of a failure is used up.
  for (const { store } of stores)
    for (let use = 0; use < 14; use += 1) await store.receiversWaited().catch(() => undefined);
  network.heal();
  for (const node of nodes) node.restart();
  await network.settle();
  for (const node of nodes) node.calls.forEach((_count, id) => node.calls.set(id, 1));
  await expectSettled(network, nodes);
}

async function run(steps: readonly Step[], first?: LetterStore): Promise<void> {
  const { network, nodes } = await threeNodes(first);
  for (const one of steps) await take(one, network, nodes);
  network.heal();
  for (const node of nodes) node.restart();
  await network.settle();
  await expectSettled(network, nodes);
}

describe('whatever lines and processes do', () => {
  it('letters are applied once, in causal order, and their hashes agree', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => run(steps)),
      { numRuns: 150 },
    );
  });

  it('so they are when databases fail, whether they have done then what was asked or not', async () => {
    const any = fc.oneof({ weight: 4, arbitrary: step }, { weight: 1, arbitrary: failingStep });
    await fc.assert(
      fc.asyncProperty(fc.array(any, { maxLength: 80, size: 'max' }), runWithFailures),
      { numRuns: 100 },
    );
  });

  it('so they are in the database', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) =>
        run(steps, await emptySqlLetters()),
      ),
      { numRuns: 20 },
    );
  });
});

describe.each([
  [
    'in memory',
    async (network: Network): Promise<LetterStore> => new LettersInMemory(() => network.nowMs),
  ],
  ['in the database', emptySqlLetters],
] as const)('letters %s', (_where, open) => {
  async function two(more = {}): Promise<{ network: Network; here: Node; there: Node }> {
    const network = new Network();
    const here = new Node('a', await open(network), network, more);
    const there = new Node('b', new LettersInMemory(() => network.nowMs), network);
    return { network, here, there };
  }

  it('of one id are sent once', async () => {
    const { here } = await two();
    const letter = { receiver: 'b', kind: 'test', body: { words: 'Grüße' }, id: 'same' };
    const [first, second] = [await here.post.send(letter), await here.post.send(letter)];
    expect(second).toEqual(first);
    expect(await here.store.from('b', 1, 10)).toEqual([first]);
  });

  it('made while the receiver is away are samples, from then until it says that it has them', async () => {
    const { network, here, there } = await two();
    await here.send('b');
    await here.post.deliver('b');
    network.cut('a', 'b');
    await here.send('b');
    expect(await here.store.samples(0)).toMatchObject([
      { linkBackAtMs: undefined, verifiedAtMs: undefined, isSpoilt: false },
    ]);
    await expect(here.post.deliver('b')).rejects.toMatchObject({ code: 'PEER_AWAY' });
    network.heal();
    await here.store.linkBack('b');
    const [back] = await here.store.samples(0);
    expect(back?.linkBackAtMs).toBeGreaterThanOrEqual(back?.madeAtMs ?? Infinity);
    await here.post.deliver('b');
    const [done, ...others] = await here.store.samples(0);
    expect(others).toEqual([]);
    expect(done?.linkBackAtMs).toBe(back?.linkBackAtMs);
    expect(done?.verifiedAtMs).toBeGreaterThanOrEqual(done?.linkBackAtMs ?? Infinity);
    expect(there.effects).toHaveLength(2);
  });

  it('that were on their way when the line broke are samples, too', async () => {
    const { network, here } = await two();
    await here.send('b');
    network.fate = 'is lost';
    await here.post.deliver('b').catch(() => undefined);
    expect(await here.store.samples(0)).toMatchObject([{ linkBackAtMs: undefined }]);
    network.heal();
    await here.post.deliver('b');
    const [done] = await here.store.samples(0);
    expect(done?.linkBackAtMs).toBeDefined();
    expect(done?.verifiedAtMs).toBeDefined();
  });

  it('that are forged are refused, noted, and do not stand in the way of the right ones', async () => {
    const { here, there } = await two();
    await there.send('a');
    await there.send('a');
    const [first, second] = (await there.store.from('a', 1, 2)) as [Letter, Letter];
    const seal = (changes: Partial<Letter>): Letter => sealLetter({ ...first, ...changes }, sha256);
    const forgeries: Letter[] = [
      { ...first, body: { words: 'other' } },
      seal({ sender: 'c' }),
      seal({ receiver: 'c' }),
      seal({ previous: '1'.repeat(64) }),
    ];
    for (const forgery of forgeries)
      expect(await here.post.receive({ letters: [forgery] }, 'b')).toMatchObject({
        ...{ newest: 0, refused: 'forged' },
      });
    expect(here.forged).toEqual(forgeries);
    expect(here.effects).toEqual([]);
    expect(await here.post.receive({ letters: [second] }, 'b')).toMatchObject({ refused: 'gap' });
    await there.post.deliver('a');
    expect(here.effects).toEqual([first.id, second.id]);
    // Another letter under a number that was applied already.
    const other = seal({ body: { words: 'changed later' } });
    expect(await here.post.receive({ letters: [other] }, 'b')).toMatchObject({ refused: 'forged' });
    await expect(here.post.receive({ letters: [{ id: 1 }] }, 'b')).rejects.toThrow();
    await expect(here.post.receive('garbage', 'b')).rejects.toThrow();
  });

  it('are not acknowledged by a receipt that does not fit', async () => {
    const { here } = await two();
    await here.send('b');
    const receipt = { newest: 1, hash: '1'.repeat(64), outOfOrder: [] };
    expect(await here.store.acknowledge('b', receipt)).toBe(false);
    expect(await here.store.acknowledge('b', { ...receipt, newest: 7 })).toBe(false);
    expect(await here.store.firstWaiting('b')).toBe(1);
  });

  it('come again when the receiver was set back to an older state', async () => {
    const { network, here } = await two();
    for (let count = 0; count < 3; count += 1) await here.send('b');
    await here.post.deliver('b');
    const emptied = new Node('b', new LettersInMemory(() => network.nowMs), network);
    await here.send('b');
    await here.post.deliver('b');
    expect(emptied.effects).toHaveLength(4);
  });

  it('wait for what they build on, but not for ever; that they were early is told', async () => {
    const { network, here, there } = await two({ holdMs: 0 });
    const third = new Node('c', new LettersInMemory(() => network.nowMs), network);
    const strict = new Node('s', new LettersInMemory(() => network.nowMs), network);
    network.cut('b', 'a');
    network.cut('b', 's');
    for (const receiver of ['a', 's', 'c']) await there.send(receiver);
    await there.post.deliver('c');
    await third.send('a');
    await third.send('s');
    network.cut('c', 'a');
    await third.post.deliver('a').catch(() => undefined);
    network.heal();
    network.cut('b', 'a');
    network.cut('b', 's');
    await third.post.deliver('a');
    await third.post.deliver('s');
    expect(here.effects).toHaveLength(1);
    expect(strict.effects).toEqual([]);
    expect(await third.store.samples(0)).toMatchObject([{ isSpoilt: true }]);
    network.heal();
    await network.settle();
    expect([here.effects.length, strict.effects.length]).toEqual([2, 2]);
  });

  it('keep the newest when old ones are forgotten', async () => {
    const { network, here } = await two();
    for (let count = 0; count < 3; count += 1) await here.send('b');
    await here.post.deliver('b');
    network.nowMs += 1;
    await here.store.prune(0);
    expect((await here.store.from('b', 1, 10)).map(({ number }) => number)).toEqual([3]);
    await here.send('b');
    await here.post.deliver('b');
    expect(await here.store.firstWaiting('b')).toBeUndefined();
  });
});

it('processes of one node that write at the same time leave no gap', async () => {
  const store = await emptySqlLetters();
  const network = new Network();
  const [one, other] = [new Node('a', store, network), new Node('a', store, network)];
  const there = new Node('b', new LettersInMemory(() => network.nowMs), network);
  const writing = Array.from({ length: 12 }, (_, count) => (count % 2 === 0 ? one : other));
  await Promise.all(writing.map((node) => node.send('b')));
  expect((await store.from('b', 1, 100)).map(({ number }) => number)).toEqual(
    writing.map((_, index) => index + 1),
  );
  await Promise.all([one.post.deliver('b'), other.post.deliver('b')]);
  expect(there.effects).toHaveLength(12);
  expect(await store.firstWaiting('b')).toBeUndefined();
});

describe('canonical JSON', () => {
  it('is the same text for the same value, and another one for another', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        const [one, other] = [left, right].map((value) => canonicalJson(value as Json));
        expect(JSON.parse(one!)).toEqual(JSON.parse(JSON.stringify(left)));
        const again = canonicalJson(JSON.parse(one!) as Json);
        expect(again).toBe(one);
        if (JSON.stringify(left) === JSON.stringify(right)) expect(other).toBe(one);
      }),
    );
    expect(canonicalJson({ b: 1, a: [{ d: null, c: 'ü' }] })).toBe(
      '{"a":[{"c":"ü","d":null}],"b":1}',
    );
  });
});
