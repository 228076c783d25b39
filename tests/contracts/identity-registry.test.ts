import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  id as hashOf,
  parseEther,
  solidityPacked,
  toBeHex,
  toQuantity,
  TypedDataEncoder,
  Wallet,
  ZeroAddress,
  zeroPadValue,
} from 'ethers';
import { startTestEvm, type TestEvm } from '../support/evm-devnet.ts';
import { callingReceiver, NO_RECEIVER, RECEIVER, WALLETS } from './bytecode.ts';
import { TestContract } from './test-contract.ts';

const WALLET_TYPES = {
  AgentWalletSet: [
    { name: 'agentId', type: 'uint256' },
    { name: 'newWallet', type: 'address' },
    { name: 'owner', type: 'address' },
    { name: 'deadline', type: 'uint256' },
  ],
};
const WITH_URI = 'register(string)';
const WITH_METADATA = 'register(string,(string,bytes)[])';
const SAFE_TRANSFER = 'safeTransferFrom(address,address,uint256)';
const URI = 'ipfs://bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy';
const NOBODYS_ID = 99n;
// Nobody needs their keys: the chain takes transactions of any sender.
const [owner, operator, approved, stranger, newOwner] = Array.from(
  { length: 5 },
  () => Wallet.createRandom().address,
) as [string, string, string, string, string];

let evm: TestEvm;
let chainId: number;
let registry: TestContract;

beforeAll(async () => {
  evm = await startTestEvm();
  chainId = evm.addresses.chainId;
  await evm.provider.send('anvil_autoImpersonateAccount', [true]);
  await Promise.all([owner, operator, approved, stranger, newOwner].map(fund));
});

afterAll(async () => evm.stop());

beforeEach(async () => {
  registry = await TestContract.deploy(evm.provider, 'IdentityRegistry', owner);
});

async function fund(address: string): Promise<void> {
  await evm.provider.send('anvil_setBalance', [address, toQuantity(parseEther('100'))]);
}

async function now(): Promise<number> {
  return (await evm.provider.getBlock('latest'))!.timestamp;
}

/** The account of a contract with such code. */
async function contractOf(code: string): Promise<string> {
  const { address } = Wallet.createRandom();
  await evm.provider.send('anvil_setCode', [address, code]);
  await fund(address);
  return address;
}

/** An agent of `owner` with id 0, an operator of the owner, and somebody approved for that agent. */
async function registerWithDelegates(): Promise<void> {
  await registry.send(owner, WITH_URI, URI);
  await registry.send(owner, 'setApprovalForAll', operator, true);
  await registry.send(owner, 'approve', approved, 0);
}

const DELEGATES = [
  ['the owner', owner],
  ['an operator', operator],
  ['who is approved', approved],
] as const;

describe('registering', () => {
  it('gives ids from 0 to whoever registers, and says so', async () => {
    expect(await registry.send(owner, WITH_URI, URI)).toEqual([
      { name: 'Transfer', args: [ZeroAddress, owner, 0n] },
      { name: 'MetadataUpdate', args: [0n] },
      { name: 'Registered', args: [0n, URI, owner] },
      { name: 'MetadataSet', args: [0n, hashOf('agentWallet'), 'agentWallet', lower(owner)] },
    ]);
    expect(await registry.readAs(stranger, WITH_URI, URI)).toBe(1n);
    await registry.send(stranger, WITH_URI, 'https://agents.example/7.json');
    expect(await registry.read('ownerOf', 0)).toBe(owner);
    expect(await registry.read('ownerOf', 1)).toBe(stranger);
    expect(await registry.read('tokenURI', 0)).toBe(URI);
    expect(await registry.read('tokenURI', 1)).toBe('https://agents.example/7.json');
    expect(await registry.read('balanceOf', owner)).toBe(1n);
  });

  it('works without a URI, which can be set later', async () => {
    expect(await registry.send(owner, 'register()')).toEqual([
      { name: 'Transfer', args: [ZeroAddress, owner, 0n] },
      { name: 'Registered', args: [0n, '', owner] },
      { name: 'MetadataSet', args: [0n, hashOf('agentWallet'), 'agentWallet', lower(owner)] },
    ]);
    expect(await registry.read('tokenURI', 0)).toBe('');
    await registry.send(owner, 'setAgentURI', 0, URI);
    expect(await registry.read('tokenURI', 0)).toBe(URI);
  });

  it('sets metadata, an event for each entry', async () => {
    const entries = [
      ['agentType', '0x01'],
      ['status', '0x'],
    ];
    const events = await registry.send(owner, WITH_METADATA, URI, entries);
    expect(events.slice(2)).toEqual([
      { name: 'Registered', args: [0n, URI, owner] },
      { name: 'MetadataSet', args: [0n, hashOf('agentWallet'), 'agentWallet', lower(owner)] },
      { name: 'MetadataSet', args: [0n, hashOf('agentType'), 'agentType', '0x01'] },
      { name: 'MetadataSet', args: [0n, hashOf('status'), 'status', '0x'] },
    ]);
    expect(await registry.read('getMetadata', 0, 'agentType')).toBe('0x01');
    expect(await registry.read('tokenURI', 0)).toBe(URI);
  });

  it('makes the owner the wallet, whom nobody else can put there', async () => {
    await registry.send(owner, 'register()');
    expect(await registry.read('getAgentWallet', 0)).toBe(owner);
    expect(await registry.read('getMetadata', 0, 'agentWallet')).toBe(lower(owner));
    const entry = [['agentWallet', solidityPacked(['address'], [stranger])]];
    expect(await registry.refusal(owner, WITH_METADATA, [URI, entry])).toBe('reserved key');
  });

  it('is what clients of ERC-721 know', async () => {
    expect(await registry.read('name')).toBe('AgentIdentity');
    expect(await registry.read('symbol')).toBe('AGENT');
    expect(await registry.read('getVersion')).toBe('2.0.0');
    // ERC-165, ERC-721, its metadata, ERC-4906; and none that there is not.
    for (const known of ['0x01ffc9a7', '0x80ac58cd', '0x5b5e139f', '0x49064906'])
      expect(await registry.read('supportsInterface', known)).toBe(true);
    expect(await registry.read('supportsInterface', '0xffffffff')).toBe(false);
  });
});

describe('a contract that registers', () => {
  it('must take tokens', async () => {
    for (const code of [NO_RECEIVER, WALLETS.reverts]) {
      const contract = await contractOf(code);
      for (const [method, args] of [
        ['register()', []],
        [WITH_URI, [URI]],
        [WITH_METADATA, [URI, []]],
      ] as const)
        expect(await registry.refusal(contract, method, [...args])).toBe('ERC721InvalidReceiver');
    }
    const receiver = await contractOf(RECEIVER);
    await registry.send(receiver, WITH_URI, URI);
    expect(await registry.read('ownerOf', 0)).toBe(receiver);
  });

  it('may give the agent away while it gets it, and leaves no wallet behind', async () => {
    const receiver = await contractOf(RECEIVER);
    await setCode(
      receiver,
      callingReceiver(0, registry.address, registry.encode('transferFrom', receiver, newOwner, 0)),
    );
    const entries = [['agentType', '0x01']];
    const events = await registry.send(receiver, WITH_METADATA, URI, entries);
    expect(await registry.read('ownerOf', 0)).toBe(newOwner);
    expect(await registry.read('getAgentWallet', 0)).toBe(ZeroAddress);
    expect(events.at(-1)).toEqual({
      ...{ name: 'MetadataSet', args: [0n, hashOf('agentWallet'), 'agentWallet', '0x'] },
    });
  });

  it('may change the agent while it gets it: its word is the last', async () => {
    for (const [id, method, args] of [
      [0, 'setAgentURI', [0, 'ipfs://changed']],
      [1, 'setMetadata', [1, 'agentType', '0x02']],
      [2, 'unsetAgentWallet', [2]],
    ] as const) {
      const data = registry.encode(method, ...args);
      const receiver = await contractOf(callingReceiver(id, registry.address, data));
      await registry.send(receiver, WITH_METADATA, URI, [['agentType', '0x01']]);
    }
    expect(await registry.read('tokenURI', 0)).toBe('ipfs://changed');
    expect(await registry.read('getMetadata', 1, 'agentType')).toBe('0x02');
    expect(await registry.read('getAgentWallet', 2)).toBe(ZeroAddress);
  });

  it('may register another while it gets one: both are whole', async () => {
    const data = registry.encode(WITH_URI, 'ipfs://second');
    const receiver = await contractOf(callingReceiver(0, registry.address, data));
    await registry.send(receiver, WITH_URI, 'ipfs://first');
    for (const [id, uri] of ['ipfs://first', 'ipfs://second'].entries()) {
      expect(await registry.read('ownerOf', id)).toBe(receiver);
      expect(await registry.read('tokenURI', id)).toBe(uri);
      expect(await registry.read('getAgentWallet', id)).toBe(receiver);
    }
    expect(await registry.readAs(owner, 'register()')).toBe(2n);
  });
});

describe('who calls counts, not who has sent the transaction', () => {
  beforeEach(registerWithDelegates);

  /** Sends agent 1 to a contract, which then does something with the registry. */
  async function sendTo(receiver: string): Promise<unknown[]> {
    await registry.send(owner, 'register()');
    return [owner, receiver, 1];
  }

  it('when a contract registers', async () => {
    const data = registry.encode('register()');
    const receiver = await contractOf(callingReceiver(1, registry.address, data));
    await registry.send(owner, SAFE_TRANSFER, ...(await sendTo(receiver)));
    expect(await registry.read('ownerOf', 2)).toBe(receiver);
    expect(await registry.read('getAgentWallet', 2)).toBe(receiver);
  });

  it('when a contract wants to change an agent of its visitor', async () => {
    const wallet = Wallet.createRandom();
    const order = await signed({ wallet });
    for (const [method, ...args] of [
      ['setAgentURI', 0, 'ipfs://theirs'],
      ['setMetadata', 0, 'status', '0x02'],
      ['setAgentWallet', 0, wallet.address, ...order],
      ['unsetAgentWallet', 0],
    ] as const) {
      const data = registry.encode(method, ...args);
      const receiver = await contractOf(callingReceiver(1, registry.address, data));
      const transfer = await sendTo(receiver);
      expect(await registry.refusal(owner, SAFE_TRANSFER, transfer)).toBe('ERC721InvalidReceiver');
    }
  });
});

async function setCode(address: string, code: string): Promise<void> {
  await evm.provider.send('anvil_setCode', [address, code]);
}

describe('who may act for an agent', () => {
  beforeEach(registerWithDelegates);

  it.each(DELEGATES)('%s may change it, and it is told who did', async (_who, sender) => {
    expect(await registry.read('isAuthorizedOrOwner', sender, 0)).toBe(true);
    expect(await registry.send(sender, 'setAgentURI', 0, 'ipfs://new')).toEqual([
      { name: 'MetadataUpdate', args: [0n] },
      { name: 'URIUpdated', args: [0n, 'ipfs://new', sender] },
    ]);
    expect(await registry.read('tokenURI', 0)).toBe('ipfs://new');
    expect(await registry.send(sender, 'setMetadata', 0, 'status', '0x02')).toEqual([
      { name: 'MetadataSet', args: [0n, hashOf('status'), 'status', '0x02'] },
    ]);
    expect(await registry.read('getMetadata', 0, 'status')).toBe('0x02');
    const wallet = Wallet.createRandom();
    const [deadline, signature] = await signed({ wallet });
    expect(
      await registry.send(sender, 'setAgentWallet', 0, wallet.address, deadline, signature),
    ).toEqual([walletEvent(lower(wallet.address))]);
    expect(await registry.read('getAgentWallet', 0)).toBe(wallet.address);
    expect(await registry.read('getMetadata', 0, 'agentWallet')).toBe(lower(wallet.address));
    expect(await registry.send(sender, 'unsetAgentWallet', 0)).toEqual([walletEvent('0x')]);
    expect(await registry.read('getAgentWallet', 0)).toBe(ZeroAddress);
    expect(await registry.read('getMetadata', 0, 'agentWallet')).toBe('0x');
  });

  it('is nobody else', async () => {
    const wallet = Wallet.createRandom();
    const [deadline, signature] = await signed({ wallet });
    const changes = [
      ['setAgentURI', 'ipfs://mine'],
      ['setMetadata', 'status', '0x02'],
      ['setAgentWallet', wallet.address, deadline, signature],
      ['unsetAgentWallet'],
    ] as const;
    await registry.send(stranger, WITH_URI, 'ipfs://strangers');
    for (const sender of [stranger, newOwner, wallet.address, registry.address]) {
      expect(await registry.read('isAuthorizedOrOwner', sender, 0)).toBe(false);
      for (const [method, ...args] of changes)
        expect(await registry.refusal(sender, method, [0, ...args])).toBe('Not authorized');
    }
    expect(await registry.read('isAuthorizedOrOwner', ZeroAddress, 0)).toBe(false);
    // An operator is one of all agents of an owner; who is approved, of that one.
    await registry.send(owner, 'register()');
    expect(await registry.refusal(operator, 'setAgentURI', [2, URI])).toBeUndefined();
    expect(await registry.refusal(approved, 'setAgentURI', [2, URI])).toBe('Not authorized');
  });

  it('is nobody for an agent that there is not', async () => {
    for (const [method, ...args] of [
      ['isAuthorizedOrOwner', owner, NOBODYS_ID],
      ['setAgentURI', NOBODYS_ID, URI],
      ['setMetadata', NOBODYS_ID, 'status', '0x'],
      ['unsetAgentWallet', NOBODYS_ID],
      ['tokenURI', NOBODYS_ID],
      ['ownerOf', NOBODYS_ID],
    ] as const)
      expect(await registry.refusal(owner, method, args)).toBe('ERC721NonexistentToken');
    expect(await registry.read('getAgentWallet', NOBODYS_ID)).toBe(ZeroAddress);
    expect(await registry.read('getMetadata', NOBODYS_ID, 'status')).toBe('0x');
  });
});

describe('metadata', () => {
  beforeEach(registerWithDelegates);

  it('is kept for each agent and key by itself', async () => {
    await registry.send(owner, 'register()');
    await registry.send(owner, 'setMetadata', 0, 'a', '0xa0');
    await registry.send(owner, 'setMetadata', 1, 'a', '0xa1');
    await registry.send(owner, 'setMetadata', 0, 'b', '0xb0');
    await registry.send(owner, 'setMetadata', 0, 'a', '0xa2');
    expect(await registry.read('getMetadata', 0, 'a')).toBe('0xa2');
    expect(await registry.read('getMetadata', 1, 'a')).toBe('0xa1');
    expect(await registry.read('getMetadata', 0, 'b')).toBe('0xb0');
    expect(await registry.read('getMetadata', 1, 'b')).toBe('0x');
  });

  it('may be long, or empty again', async () => {
    const value = `0x${'ab'.repeat(4000)}`;
    await registry.send(owner, 'setMetadata', 0, 'long', value);
    expect(await registry.read('getMetadata', 0, 'long')).toBe(value);
    await registry.send(owner, 'setMetadata', 0, 'long', '0x');
    expect(await registry.read('getMetadata', 0, 'long')).toBe('0x');
  });

  it('has a key that the wallet alone is under', async () => {
    for (const sender of [owner, operator, approved])
      expect(
        await registry.refusal(sender, 'setMetadata', [0, 'agentWallet', lower(stranger)]),
      ).toBe('reserved key');
    // Only that very key.
    for (const key of ['agentwallet', 'agentWallet ', 'agentWalle', ''])
      expect(await registry.refusal(owner, 'setMetadata', [0, key, '0x01'])).toBeUndefined();
  });
});

interface WalletOrder {
  readonly wallet: { readonly address: string; signTypedData?: Wallet['signTypedData'] };
  readonly agentId?: bigint;
  readonly agentOwner?: string;
  readonly deadline?: number;
  readonly domain?: Record<string, unknown>;
}

/** What a wallet signs to become that of an agent. */
async function walletOrder(order: WalletOrder) {
  const { wallet, agentId = 0n, agentOwner = owner, deadline = (await now()) + 200 } = order;
  return {
    ...{ deadline, types: WALLET_TYPES },
    domain: {
      ...{ name: 'ERC8004IdentityRegistry', version: '1', chainId },
      ...{ verifyingContract: registry.address, ...order.domain },
    },
    message: { agentId, newWallet: wallet.address, owner: agentOwner, deadline },
  };
}

/** @returns the deadline and the signature */
async function signed(order: WalletOrder & { wallet: Pick<Wallet, 'signTypedData'> }) {
  const { domain, types, message, deadline } = await walletOrder(order);
  return [deadline, await order.wallet.signTypedData(domain, types, message)] as const;
}

function walletEvent(value: string): object {
  return { name: 'MetadataSet', args: [0n, hashOf('agentWallet'), 'agentWallet', value] };
}

function lower(address: string): string {
  return address.toLowerCase();
}

describe('the wallet of an agent', () => {
  const wallet = Wallet.createRandom();
  beforeEach(registerWithDelegates);

  async function refusal(
    [deadline, signature]: readonly [number, string],
    { agentId = 0, newWallet = wallet.address, from = owner, seconds = 0 } = {},
  ): Promise<string | undefined> {
    const args = [agentId, newWallet, deadline, signature];
    return registry.refusal(from, 'setAgentWallet', args, seconds || undefined);
  }

  it('agrees by the typed data of the reference', async () => {
    const { domain, types, message } = await walletOrder({ wallet });
    expect(TypedDataEncoder.from(types).encodeType('AgentWalletSet')).toBe(
      'AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)',
    );
    expect((await registry.read('eip712Domain')) as unknown[]).toEqual([
      ...['0x0f', domain.name, domain.version, BigInt(chainId), registry.address],
      ...[zeroPadValue('0x', 32), []],
    ]);
    expect(await refusal(await signed({ wallet, deadline: message.deadline }))).toBeUndefined();
  });

  it.each<[string, (deadline: number) => Partial<WalletOrder>]>([
    ['of another agent', () => ({ agentId: 1n })],
    ['for another owner', () => ({ agentOwner: operator })],
    ['for no owner', () => ({ agentOwner: ZeroAddress })],
    ['for another deadline', (deadline) => ({ deadline: deadline + 1 })],
    ['on another chain', () => ({ domain: { chainId: 1 } })],
    ['of another registry', () => ({ domain: { verifyingContract: newOwner } })],
    ['of another version', () => ({ domain: { version: '2' } })],
    ['of another name', () => ({ domain: { name: 'IdentityRegistry' } })],
    ['of another wallet', () => ({ wallet: Wallet.createRandom() })],
  ])('does not by a signature %s', async (_which, changeOf) => {
    const deadline = (await now()) + 200;
    const { domain, types, message } = await walletOrder({
      ...{ wallet, deadline, ...changeOf(deadline) },
    });
    const signature = await wallet.signTypedData(domain, types, message);
    expect(await refusal([deadline, signature])).toBe('invalid wallet sig');
  });

  it('does not by the signature of somebody else, or by none', async () => {
    const { domain, types, message, deadline } = await walletOrder({ wallet });
    const good = await wallet.signTypedData(domain, types, message);
    const others = await Wallet.createRandom().signTypedData(domain, types, message);
    const flipped = `${good.slice(0, -2)}${good.endsWith('1b') ? '1c' : '1b'}`;
    for (const signature of [others, '0x', '0x00', flipped, good.slice(0, -2), highS(good)])
      expect(await refusal([deadline, signature])).toBe('invalid wallet sig');
    expect(await refusal([deadline, good])).toBeUndefined();
  });

  it('is not nobody', async () => {
    const zero = { address: ZeroAddress };
    const { deadline } = await walletOrder({ wallet: zero });
    for (const signature of ['0x', `0x${'00'.repeat(65)}`])
      expect(await refusal([deadline, signature], { newWallet: ZeroAddress })).toBe('bad wallet');
  });

  it('agrees until the deadline, which is at most five minutes away', async () => {
    const deadline = (await now()) + 1000;
    const order = await signed({ wallet, deadline });
    for (const [seconds, expected] of [
      [deadline - 301, 'deadline too far'],
      [deadline - 300, undefined],
      [deadline, undefined],
      [deadline + 1, 'expired'],
    ] as const)
      expect(await refusal(order, { seconds })).toBe(expected);
  });

  describe('that has agreed once', () => {
    let order: readonly [number, string];
    beforeEach(async () => {
      order = await signed({ wallet });
      await registry.send(owner, 'setAgentWallet', 0, wallet.address, ...order);
    });

    it('has not agreed twice', async () => {
      expect(await refusal(order)).toBe('signature used');
      await registry.send(owner, 'unsetAgentWallet', 0);
      for (const from of [owner, operator, approved])
        expect(await refusal(order, { from })).toBe('signature used');
    });

    it('may agree again by a signature with another deadline', async () => {
      await registry.send(owner, 'unsetAgentWallet', 0);
      const [deadline, signature] = await signed({ wallet, deadline: order[0] + 1 });
      await registry.send(owner, 'setAgentWallet', 0, wallet.address, deadline, signature);
      expect(await registry.read('getAgentWallet', 0)).toBe(wallet.address);
    });

    it('has not agreed for another agent, on another registry, or with the next owner', async () => {
      await registry.send(owner, 'register()');
      expect(await refusal(order, { agentId: 1 })).toBe('invalid wallet sig');
      const other = await TestContract.deploy(evm.provider, 'IdentityRegistry', owner);
      await other.send(owner, 'register()');
      const args = [0, wallet.address, ...order];
      expect(await other.refusal(owner, 'setAgentWallet', args)).toBe('invalid wallet sig');
      await registry.send(owner, 'transferFrom', owner, newOwner, 0);
      expect(await refusal(order, { from: newOwner })).toBe('invalid wallet sig');
      // Back with the old owner, whose signature has been used.
      await registry.send(newOwner, 'transferFrom', newOwner, owner, 0);
      expect(await refusal(order)).toBe('signature used');
    });

    it('is no longer the wallet after a transfer', async () => {
      const events = await registry.send(owner, 'transferFrom', owner, newOwner, 0);
      expect(events).toEqual([
        { name: 'Transfer', args: [owner, newOwner, 0n] },
        walletEvent('0x'),
      ]);
      expect(await registry.read('getAgentWallet', 0)).toBe(ZeroAddress);
      expect(await registry.read('getMetadata', 0, 'agentWallet')).toBe('0x');
      expect(await registry.read('tokenURI', 0)).toBe(URI);
    });
  });

  it('keeps to its agent', async () => {
    await registry.send(owner, 'register()');
    const order = await signed({ wallet });
    await registry.send(owner, 'setAgentWallet', 0, wallet.address, ...order);
    expect(await registry.read('getAgentWallet', 1)).toBe(owner);
    await registry.send(owner, 'unsetAgentWallet', 1);
    expect(await registry.read('getAgentWallet', 0)).toBe(wallet.address);
  });

  it('that has not agreed does not change what there is', async () => {
    const order = await signed({ wallet: Wallet.createRandom() });
    expect(await refusal(order)).toBe('invalid wallet sig');
    expect(await registry.read('getAgentWallet', 0)).toBe(owner);
    // A signature that was refused is not used up.
    const good = await signed({ wallet });
    expect(await refusal(good, { from: stranger })).toBe('Not authorized');
    expect(await refusal(good)).toBeUndefined();
  });
});

describe('a wallet that is a contract (ERC-1271)', () => {
  beforeEach(registerWithDelegates);

  /** @returns what the order to make such a contract the wallet is made of */
  async function orderFor(code: string): Promise<[unknown[], string]> {
    const address = await contractOf(code);
    const { domain, types, message, deadline } = await walletOrder({ wallet: { address } });
    const digest = TypedDataEncoder.hash(domain, types, message);
    return [[0, address, deadline, '0xc0ffee'], digest];
  }

  async function acceptDigest(address: unknown, digest: string): Promise<void> {
    const slot = toBeHex(0, 32);
    await evm.provider.send('anvil_setStorageAt', [address, slot, digest]);
  }

  it('agrees when it says so of this very order, once', async () => {
    const [args, digest] = await orderFor(WALLETS.acceptsDigest);
    expect(await registry.refusal(owner, 'setAgentWallet', args)).toBe('invalid wallet sig');
    await acceptDigest(args[1], digest);
    expect(await registry.send(owner, 'setAgentWallet', ...args)).toEqual([
      walletEvent(lower(args[1] as string)),
    ]);
    expect(await registry.read('getAgentWallet', 0)).toBe(args[1]);
    const again = [...args.slice(0, 3), '0xdecaf0'];
    expect(await registry.refusal(owner, 'setAgentWallet', again)).toBe('signature used');
  });

  it('has agreed with one owner, not with the next', async () => {
    const [args, digest] = await orderFor(WALLETS.acceptsDigest);
    await acceptDigest(args[1], digest);
    await registry.send(owner, 'transferFrom', owner, newOwner, 0);
    expect(await registry.refusal(newOwner, 'setAgentWallet', args)).toBe('invalid wallet sig');
  });

  it.each(['refuses', 'reverts', 'saysTooLittle', 'writes'] as const)(
    'does not when it %s',
    async (which) => {
      const [args] = await orderFor(WALLETS[which]);
      expect(await registry.refusal(owner, 'setAgentWallet', args)).toBe('invalid wallet sig');
    },
  );

  it('may sign by its key when its account has delegated code (EIP-7702)', async () => {
    const wallet = Wallet.createRandom();
    await setCode(wallet.address, WALLETS.refuses);
    const [deadline, signature] = await signed({ wallet });
    const args = [0, wallet.address, deadline, signature];
    expect(await registry.refusal(owner, 'setAgentWallet', args)).toBeUndefined();
  });
});

describe('a transfer', () => {
  beforeEach(registerWithDelegates);

  it.each(['transferFrom', SAFE_TRANSFER])(
    'by %s hands over the agent without its wallet',
    async (method) => {
      await registry.send(owner, method, owner, newOwner, 0);
      expect(await registry.read('ownerOf', 0)).toBe(newOwner);
      expect(await registry.read('getAgentWallet', 0)).toBe(ZeroAddress);
      for (const sender of [owner, operator, approved])
        expect(await registry.refusal(sender, 'setAgentURI', [0, URI])).toBe('Not authorized');
      expect(await registry.refusal(newOwner, 'setAgentURI', [0, URI])).toBeUndefined();
    },
  );

  it('is for those who may', async () => {
    expect(await registry.refusal(stranger, 'transferFrom', [owner, stranger, 0])).toBe(
      'ERC721InsufficientApproval',
    );
    const contract = await contractOf(NO_RECEIVER);
    expect(await registry.refusal(owner, SAFE_TRANSFER, [owner, contract, 0])).toBe(
      'ERC721InvalidReceiver',
    );
  });
});

/** The same signature in its other form, which ECDSA allows and Ethereum does not. */
function highS(signature: string): string {
  const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = toBeHex(ORDER - BigInt(`0x${signature.slice(66, 130)}`), 32).slice(2);
  return `${signature.slice(0, 66)}${s}${signature.endsWith('1b') ? '1c' : '1b'}`;
}
