import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { id as hashOf, parseEther, toQuantity, Wallet, ZeroAddress, ZeroHash } from 'ethers';
import { startTestEvm, type TestEvm } from '../support/evm-devnet.ts';
import { callingReceiver } from './bytecode.ts';
import { TestContract } from './test-contract.ts';

const GIVE = 'giveFeedback';
const HASH = hashOf('the file');
const LARGEST = 10n ** 38n;
const NOBODYS_ID = 99n;
const [owner, operator, approved, alice, bob, carol] = Array.from(
  { length: 6 },
  () => Wallet.createRandom().address,
) as [string, string, string, string, string, string];

let evm: TestEvm;
let identity: TestContract;
let reputation: TestContract;

beforeAll(async () => {
  evm = await startTestEvm();
  await evm.provider.send('anvil_autoImpersonateAccount', [true]);
  for (const address of [owner, operator, approved, alice, bob, carol])
    await evm.provider.send('anvil_setBalance', [address, toQuantity(parseEther('100'))]);
});

afterAll(async () => evm.stop());

// Agents 0 and 1 are of `owner`.
beforeEach(async () => {
  identity = await TestContract.deploy(evm.provider, 'IdentityRegistry', owner);
  reputation = await TestContract.deploy(
    ...([evm.provider, 'ReputationRegistry', owner, identity.address] as const),
  );
  await identity.send(owner, 'register()');
  await identity.send(owner, 'register()');
  await identity.send(owner, 'setApprovalForAll', operator, true);
  await identity.send(owner, 'approve', approved, 0);
});

interface Given {
  readonly agentId?: bigint;
  readonly value: bigint;
  readonly decimals?: number;
  readonly tag1?: string;
  readonly tag2?: string;
}

function feedback({ agentId = 0n, value, decimals = 0, tag1 = '', tag2 = '' }: Given): unknown[] {
  return [agentId, value, decimals, tag1, tag2, 'mcp:search', 'ipfs://file', HASH];
}

async function give(client: string, given: Given): Promise<void> {
  await reputation.send(client, GIVE, ...feedback(given));
}

describe('giving feedback', () => {
  it('is kept by client, with an index from 1, and told with all that belongs to it', async () => {
    const given = { value: -9977n, decimals: 2, tag1: 'tradingYield', tag2: 'week' };
    expect(await reputation.send(alice, GIVE, ...feedback(given))).toEqual([
      {
        name: 'NewFeedback',
        args: [
          ...[0n, alice, 1n, -9977n, 2n, hashOf('tradingYield'), 'tradingYield', 'week'],
          ...['mcp:search', 'ipfs://file', HASH],
        ],
      },
    ]);
    await give(alice, { value: 5n });
    await give(bob, { value: 7n });
    await give(alice, { agentId: 1n, value: 9n });
    expect(await reputation.read('readFeedback', 0, alice, 1)).toEqual([
      ...[-9977n, 2n, 'tradingYield', 'week', false],
    ]);
    expect(await reputation.read('readFeedback', 0, alice, 2)).toEqual([5n, 0n, '', '', false]);
    expect(await reputation.read('readFeedback', 0, bob, 1)).toEqual([7n, 0n, '', '', false]);
    expect(await reputation.read('readFeedback', 1, alice, 1)).toEqual([9n, 0n, '', '', false]);
    expect(await reputation.read('getLastIndex', 0, alice)).toBe(2n);
    expect(await reputation.read('getLastIndex', 1, bob)).toBe(0n);
    expect(await reputation.read('getClients', 0)).toEqual([alice, bob]);
    expect(await reputation.read('getClients', 1)).toEqual([alice]);
  });

  it('is not for those who act for the agent', async () => {
    for (const client of [owner, operator, approved])
      expect(await reputation.refusal(client, GIVE, feedback({ value: 100n }))).toBe(
        'Self-feedback not allowed',
      );
    const other = feedback({ agentId: 1n, value: 1n });
    expect(await reputation.refusal(operator, GIVE, other)).toBe('Self-feedback not allowed');
    expect(await reputation.refusal(approved, GIVE, other)).toBeUndefined();
  });

  it('is of who calls, not of who has sent the transaction', async () => {
    const { address } = Wallet.createRandom();
    const data = reputation.encode(GIVE, ...feedback({ value: 1n }));
    const code = callingReceiver(1, reputation.address, data);
    await evm.provider.send('anvil_setCode', [address, code]);
    const safeTransfer = 'safeTransferFrom(address,address,uint256)';
    await identity.send(owner, safeTransfer, owner, address, 1);
    expect(await reputation.read('getClients', 0)).toEqual([address]);
  });

  it('needs an agent that there is', async () => {
    const none = feedback({ agentId: NOBODYS_ID, value: 1n });
    expect(await reputation.refusal(alice, GIVE, none)).toBe('ERC721NonexistentToken');
  });

  it.each([
    [{ value: 0n, decimals: 18 }, undefined],
    [{ value: 0n, decimals: 19 }, 'too many decimals'],
    [{ value: LARGEST }, undefined],
    [{ value: -LARGEST }, undefined],
    [{ value: LARGEST + 1n }, 'value too large'],
    [{ value: -LARGEST - 1n }, 'value too large'],
  ])('%p is answered with %p', async (given, expected) => {
    expect(await reputation.refusal(alice, GIVE, feedback(given))).toBe(expected);
  });
});

describe('revoking feedback', () => {
  beforeEach(async () => {
    await give(alice, { value: 10n });
    await give(alice, { value: 20n });
    await give(bob, { value: 60n });
  });

  it('takes one out of what counts, and says so', async () => {
    expect(await reputation.send(alice, 'revokeFeedback', 0, 1)).toEqual([
      { name: 'FeedbackRevoked', args: [0n, alice, 1n] },
    ]);
    expect(await reputation.read('readFeedback', 0, alice, 1)).toEqual([10n, 0n, '', '', true]);
    expect(await reputation.read('readFeedback', 0, alice, 2)).toEqual([20n, 0n, '', '', false]);
    expect(await reputation.read('readFeedback', 0, bob, 1)).toEqual([60n, 0n, '', '', false]);
    expect(await summary([alice, bob])).toEqual([2n, 40n, 0n]);
    expect(await reputation.read('getLastIndex', 0, alice)).toBe(2n);
  });

  it('is for who gave it, once, by an index that there is', async () => {
    await reputation.send(alice, 'revokeFeedback', 0, 2);
    for (const [sender, index, expected] of [
      [alice, 2, 'Already revoked'],
      [alice, 0, 'index must be > 0'],
      [alice, 3, 'index out of bounds'],
      [bob, 2, 'index out of bounds'],
      [owner, 1, 'index out of bounds'],
    ] as const)
      expect(await reputation.refusal(sender, 'revokeFeedback', [0, index])).toBe(expected);
    expect(await reputation.refusal(alice, 'revokeFeedback', [1, 1])).toBe('index out of bounds');
  });

  it('leaves the next index alone', async () => {
    await reputation.send(alice, 'revokeFeedback', 0, 2);
    await give(alice, { value: 30n });
    expect(await reputation.read('readFeedback', 0, alice, 3)).toEqual([30n, 0n, '', '', false]);
  });
});

describe('reading one', () => {
  it('needs an index that there is', async () => {
    await give(alice, { value: 1n });
    for (const [client, index, expected] of [
      [alice, 0, 'index must be > 0'],
      [alice, 2, 'index out of bounds'],
      [bob, 1, 'index out of bounds'],
    ] as const)
      expect(await reputation.refusal(carol, 'readFeedback', [0, client, index])).toBe(expected);
  });
});

describe('responses', () => {
  const respond = 'appendResponse';
  beforeEach(async () => {
    await give(alice, { value: 1n });
    await give(alice, { value: 2n });
    await give(bob, { value: 3n });
  });

  it('are for everybody, as often as they like', async () => {
    expect(await reputation.send(owner, respond, 0, alice, 1, 'ipfs://refund', HASH)).toEqual([
      { name: 'ResponseAppended', args: [0n, alice, 1n, owner, 'ipfs://refund', HASH] },
    ]);
    await reputation.send(owner, respond, 0, alice, 1, 'ipfs://more', ZeroHash);
    await reputation.send(carol, respond, 0, alice, 1, 'ipfs://spam', ZeroHash);
    await reputation.send(carol, respond, 0, alice, 2, 'ipfs://spam', ZeroHash);
    await reputation.send(carol, respond, 0, bob, 1, 'ipfs://spam', ZeroHash);
    const count = async (...args: unknown[]): Promise<unknown> =>
      reputation.read('getResponseCount', 0, ...args);
    expect(await count(alice, 1, [])).toBe(3n);
    expect(await count(alice, 1, [owner])).toBe(2n);
    expect(await count(alice, 1, [carol, bob])).toBe(1n);
    expect(await count(alice, 2, [])).toBe(1n);
    expect(await count(alice, 0, [])).toBe(4n);
    expect(await count(alice, 0, [carol])).toBe(2n);
    expect(await count(ZeroAddress, 0, [])).toBe(5n);
    expect(await count(ZeroAddress, 1, [carol])).toBe(3n);
    expect(await count(bob, 7, [])).toBe(0n);
    expect(await reputation.read('getResponseCount', 1, ZeroAddress, 0, [])).toBe(0n);
    expect(await reputation.read('getResponseCount', 1, alice, 1, [])).toBe(0n);
  });

  it('have a URI, and feedback that they answer', async () => {
    for (const [client, index, uri, expected] of [
      [alice, 1, '', 'Empty URI'],
      [alice, 0, 'ipfs://a', 'index must be > 0'],
      [alice, 3, 'ipfs://a', 'index out of bounds'],
      [carol, 1, 'ipfs://a', 'index out of bounds'],
    ] as const) {
      const args = [0, client, index, uri, HASH];
      expect(await reputation.refusal(owner, respond, args)).toBe(expected);
    }
  });
});

async function summary(clients: string[], tag1 = '', tag2 = ''): Promise<unknown> {
  return reputation.read('getSummary', 0, clients, tag1, tag2);
}

describe('the summary', () => {
  it('is of clients who are named', async () => {
    await give(alice, { value: 1n });
    expect(await reputation.refusal(carol, 'getSummary', [0, [], '', ''])).toBe(
      'clientAddresses required',
    );
    expect(await summary([bob])).toEqual([0n, 0n, 0n]);
    await give(bob, { value: 5n });
    expect(await summary([alice])).toEqual([1n, 1n, 0n]);
    expect(await summary([bob, alice])).toEqual([2n, 3n, 0n]);
  });

  it('is of one agent, and of the tags that are asked for', async () => {
    await give(alice, { value: 10n, tag1: 'quality', tag2: 'a' });
    await give(alice, { value: 20n, tag1: 'quality', tag2: 'b' });
    await give(bob, { value: 50n, tag1: 'uptime', tag2: 'b' });
    await give(bob, { agentId: 1n, value: 99n, tag1: 'quality', tag2: 'a' });
    expect(await summary([alice, bob], 'quality')).toEqual([2n, 15n, 0n]);
    expect(await summary([alice, bob], '', 'b')).toEqual([2n, 35n, 0n]);
    expect(await summary([alice, bob], 'quality', 'b')).toEqual([1n, 20n, 0n]);
    expect(await summary([alice, bob], 'b', 'quality')).toEqual([0n, 0n, 0n]);
  });

  it.each<[string, [value: bigint, decimals: number][], [bigint, bigint]]>([
    ['of one number is that number', [[9977n, 2]], [9977n, 2n]],
    [
      'has the decimals that most have',
      [
        [100n, 2],
        [200n, 2],
        [5n, 0],
      ],
      [266n, 2n],
    ],
    [
      'has the fewest of equally many',
      [
        [150n, 2],
        [3n, 0],
      ],
      [2n, 0n],
    ],
    [
      'is cut towards zero',
      [
        [-1n, 0],
        [-2n, 0],
      ],
      [-1n, 0n],
    ],
    [
      'may be below zero',
      [
        [-300n, 2],
        [100n, 2],
      ],
      [-100n, 2n],
    ],
    [
      'has 18 decimals at most',
      [
        [1n, 18],
        [3n, 18],
      ],
      [2n, 18n],
    ],
    [
      'of the largest fits',
      [
        [LARGEST, 0],
        [LARGEST, 0],
      ],
      [LARGEST, 0n],
    ],
    [
      'has fewer decimals where it would not fit',
      [
        [LARGEST, 0],
        [1n, 18],
        [1n, 18],
      ],
      [33333333333333333333333333333333333333n, 0n],
    ],
    [
      'has fewer decimals below zero too',
      [
        [-(10n ** 30n), 0],
        [1n, 18],
        [1n, 18],
      ],
      [-(10n ** 38n) / 3n, 8n],
    ],
  ])('%s', async (_what, values, expected) => {
    for (const [value, decimals] of values) await give(alice, { value, decimals });
    expect(await summary([alice])).toEqual([BigInt(values.length), ...expected]);
  });

  it('is what the same rule gives elsewhere, whatever the numbers', async () => {
    const one = fc.record({
      value: fc.bigInt(-(10n ** 20n), 10n ** 20n),
      decimals: fc.constantFrom(0, 1, 6, 18),
      isRevoked: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 6 }), async (all) => {
        const client = Wallet.createRandom().address;
        await evm.fund(client, parseEther('100'));
        for (const given of all) await give(client, given);
        for (const [index, { isRevoked }] of all.entries())
          if (isRevoked) await reputation.send(client, 'revokeFeedback', 0, index + 1);
        expect(await summary([client])).toEqual(meanOf(all.filter((given) => !given.isRevoked)));
      }),
      { numRuns: 8 },
    );
  });
});

function meanOf(all: { value: bigint; decimals: number }[]): bigint[] {
  if (all.length === 0) return [0n, 0n, 0n];
  const uses = (decimals: number): number => all.filter((one) => one.decimals === decimals).length;
  const decimals = [...all.map((one) => one.decimals)].sort(
    (left, right) => uses(right) - uses(left) || left - right,
  )[0]!;
  const sum = all.reduce((total, one) => total + one.value * 10n ** BigInt(18 - one.decimals), 0n);
  const mean = sum / BigInt(all.length) / 10n ** BigInt(18 - decimals);
  return [BigInt(all.length), mean, BigInt(decimals)];
}

describe('reading all', () => {
  beforeEach(async () => {
    await give(alice, { value: 1n, tag1: 'x' });
    await give(bob, { value: 2n, decimals: 3, tag1: 'x', tag2: 'y' });
    await give(alice, { value: 3n, tag2: 'y' });
    await reputation.send(alice, 'revokeFeedback', 0, 1);
  });

  async function readAll(clients: string[], tag1: string, tag2: string, withRevoked: boolean) {
    return reputation.read('readAllFeedback', 0, clients, tag1, tag2, withRevoked);
  }

  it('is by client and index, of everybody unless some are named', async () => {
    expect(await readAll([], '', '', true)).toEqual([
      ...[
        [alice, alice, bob],
        [1n, 2n, 1n],
        [1n, 3n, 2n],
        [0n, 0n, 3n],
      ],
      ...[
        ['x', '', 'x'],
        ['', 'y', 'y'],
        [true, false, false],
      ],
    ]);
    expect(await readAll([bob], '', '', true)).toEqual([
      ...[[bob], [1n], [2n], [3n], ['x'], ['y'], [false]],
    ]);
  });

  it('leaves out what was revoked, and other tags', async () => {
    const clientsOf = async (tag1: string, tag2: string, withRevoked: boolean) =>
      ((await readAll([], tag1, tag2, withRevoked)) as [string[]])[0];
    expect(await clientsOf('', '', false)).toEqual([alice, bob]);
    expect(await clientsOf('x', '', false)).toEqual([bob]);
    expect(await clientsOf('x', '', true)).toEqual([alice, bob]);
    expect(await clientsOf('', 'y', false)).toEqual([alice, bob]);
    expect(await clientsOf('z', '', true)).toEqual([]);
  });
});

describe('the registry', () => {
  it('says whose agents it knows', async () => {
    expect(await reputation.read('getIdentityRegistry')).toBe(identity.address);
    expect(await reputation.read('getVersion')).toBe('2.0.0');
  });

  it('is not made for an address without a contract', async () => {
    for (const address of [ZeroAddress, alice])
      await expect(
        TestContract.deploy(evm.provider, 'ReputationRegistry', owner, address),
      ).rejects.toThrow('not deployed');
  });
});
