import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import registryPlugin, {
  AgentDirectory,
  AgentIndex,
  Database,
  foldEvents,
  type AgentEvent,
  type AgentReader,
  type PlacedEvent,
  type RegistryHistory,
} from '@371os/plugin-registry';
import { openDatabase, type TestDatabase } from '../support/database.ts';

const FIRST = 5;

let connection: TestDatabase;
let database: Database;
beforeAll(async () => {
  connection = await openDatabase([registryPlugin]);
  database = new Database(connection);
}, 60_000);
afterAll(() => connection.close());

interface Block {
  readonly hash: string;
  readonly events: readonly { readonly agentId: string; readonly event: AgentEvent }[];
}

/** A chain that can be given another end, and a node of it that fails when it is told to. */
class TestChain implements RegistryHistory {
  readonly registry: string;
  blocks: Block[] = [];
  /** After so many answers the node does not answer once. */
  answersLeft = Number.POSITIVE_INFINITY;
  #salt = 0;
  #hold: { asked: () => void; end: Promise<undefined> } | undefined;

  constructor(registry: string) {
    this.registry = registry;
  }

  append(events: Block['events']): void {
    this.#salt += 1;
    const parent = this.blocks.at(-1)?.hash ?? '';
    const hash = createHash('sha256')
      .update(`${parent}/${String(this.#salt)}`)
      .digest('hex');
    this.blocks.push({ hash, events });
  }

  reorganize(depth: number): void {
    this.blocks = this.blocks.slice(0, Math.max(0, this.blocks.length - depth));
  }

  /** The next question after the newest block is answered then; resolves when it is asked. */
  holdUntil(end: Promise<undefined>): Promise<undefined> {
    const asked = Promise.withResolvers<undefined>();
    this.#hold = { asked: () => asked.resolve(undefined), end };
    return asked.promise;
  }

  async head() {
    this.#hold?.asked();
    await this.#hold?.end;
    const number = FIRST + this.blocks.length - 1;
    return this.#answer({ number, hash: this.blocks.at(-1)?.hash ?? '', timestampMs: 0 });
  }

  block(number: number) {
    const found = this.blocks[number - FIRST];
    return this.#answer(found && { number, hash: found.hash, timestampMs: 0 });
  }

  events(from: number, to: number) {
    const told: PlacedEvent[] = [];
    for (let blockNumber = from; blockNumber <= to; blockNumber += 1)
      for (const [logIndex, event] of (this.blocks[blockNumber - FIRST]?.events ?? []).entries())
        told.push({ ...event, blockNumber, logIndex });
    return this.#answer(told.toReversed());
  }

  /** What each agent's events come to, from the first block on. */
  truth(): Map<string, { owner: string; uri: string }> {
    const events = Map.groupBy(
      this.blocks.flatMap((block) => block.events),
      ({ agentId }) => agentId,
    );
    const folded = [...events].map(
      ([agentId, own]) => [agentId, foldEvents(own.map(({ event }) => event))] as const,
    );
    return new Map(
      folded.flatMap(([agentId, record]) =>
        record ? [[agentId, { owner: record.owner, uri: record.uri }]] : [],
      ),
    );
  }

  async #answer<Value>(value: Value): Promise<Value> {
    this.answersLeft -= 1;
    if (this.answersLeft < 0) {
      this.answersLeft = Number.POSITIVE_INFINITY;
      throw new RangeError('the node has gone');
    }
    return Promise.resolve(value);
  }
}

// Every URI leads to a file that says which URI it is of.
function readerOf(chain: TestChain): AgentReader {
  return {
    read: (agentId) => {
      const { owner = '', uri = '' } = chain.truth().get(agentId) ?? {};
      const profile = {
        ...{ cid: undefined, name: uri, description: '', agentType: 'agent', isActive: true },
        ...{ promisesSigns: false, endpoints: [], tools: [] },
      };
      const id = `${chain.registry}/${agentId}`;
      return uri.endsWith('-bad')
        ? Promise.reject(new RangeError('it cannot be read'))
        : Promise.resolve({
            id,
            owner,
            uri,
            profile,
            wallet: undefined,
            blockNumber: 0,
            isUp: true,
          });
    },
  };
}

function indexOf(chain: TestChain): AgentIndex {
  return new AgentIndex({
    ...{ database, history: chain, reader: readerOf(chain), newId: () => crypto.randomUUID() },
    settings: { fromBlock: FIRST, blocksAtOnce: 3, filesAtOnce: 4 },
    log: () => undefined,
  });
}

const directoryOf = (chain: TestChain): AgentDirectory =>
  new AgentDirectory({
    ...{ database, registry: chain.registry, trustedRaters: new Set(), now: () => 0 },
    freshen: () => Promise.resolve(undefined),
  });

const found = async (directory: AgentDirectory): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await directory.all()).map(({ agentId, owner, name }) => [agentId, `${owner} ${name}`]),
  );

const agentIds = fc.constantFrom('0', '1', '2');
const uris = fc.constantFrom('u1', 'u2', 'NUL \u0000 and half \ud800', 'u3-bad');
const event = fc.oneof(
  fc.record({
    kind: fc.constant('registered' as const),
    uri: uris,
    owner: fc.constantFrom('0xA', '0xB'),
  }),
  fc.record({ kind: fc.constant('uri' as const), uri: uris }),
  fc.record({
    kind: fc.constant('transfer' as const),
    to: fc.constantFrom('0xA', '0xC', `0x${'0'.repeat(40)}`),
  }),
);
const blocks = fc.array(fc.record({ agentId: agentIds, event }), { maxLength: 3 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append' as const), blocks }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('reorganize' as const),
      depth: fc.integer({ min: 1, max: 8 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sync' as const), who: fc.nat(1) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('fail' as const), who: fc.nat(1), after: fc.nat(8) }),
  },
);

let registries = 0;

it('comes to what the chain says, whatever it takes back and whoever dies over reading it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      registries += 1;
      const chain = new TestChain(`eip155:1:0x${String(registries).padStart(40, '0')}`);
      chain.append([]);
      const indexes = [indexOf(chain), indexOf(chain)];
      const directory = directoryOf(chain);
      for (const one of steps) {
        if (one.kind === 'append') chain.append(one.blocks);
        if (one.kind === 'reorganize') chain.reorganize(one.depth);
        if (one.kind === 'fail') chain.answersLeft = one.after;
        if (one.kind === 'sync' || one.kind === 'fail')
          await indexes[one.who]?.sync().catch((error: unknown) => {
            expect(error).toBeInstanceOf(RangeError);
          });
        await directory.all();
      }
      chain.answersLeft = Number.POSITIVE_INFINITY;
      // A file that could not be read when its agent was looked at is due again after a while.
      await indexes[0]?.sync();
      const kept = await found(directory);
      const truth = [...chain.truth()].filter(([, { uri }]) => !uri.endsWith('-bad'));
      const expected = truth.map(([id, { owner, uri }]) => [
        id,
        `${owner} ${uri.replaceAll('\0', '\uFFFD').toWellFormed()}`,
      ]);
      expect(kept).toEqual(Object.fromEntries(expected));
    }),
    { numRuns: 25 },
  );
}, 120_000);

it('is read by one process at a time, and by the next one when that has died', async () => {
  const chain = new TestChain('eip155:1:0xone');
  chain.append([{ agentId: '0', event: { kind: 'registered', uri: 'u1', owner: '0xA' } }]);
  const goOn = Promise.withResolvers<undefined>();
  const begun = chain.holdUntil(goOn.promise);
  const first = indexOf(chain).sync();
  await begun;
  expect(await indexOf(chain).sync()).toMatchObject({ hasRead: false });
  goOn.resolve(undefined);
  expect(await first).toMatchObject({ hasRead: true, events: 1, files: 1 });
  expect(await indexOf(chain).sync()).toMatchObject({ hasRead: true, events: 0 });
});
