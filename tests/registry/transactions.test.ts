import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parseUsd } from '@371os/kernel';
import type { RegistryAccount, RegistryNetwork, Submission } from '@371os/plugin-registry';
import { treasuryOf } from '@371os/plugin-treasury';
import { Contract, ZeroAddress, type Wallet } from 'ethers';
import { eventually } from '../support/eventually.ts';
import { RegistryAgent, startTestNetworks, type TestNetworks } from './agent-fixture.ts';

const NEVER = new AbortController().signal;
const RATE = {
  REGISTRY_COIN_USD: '2.5',
  REGISTRY_COIN_USD_DATE: new Date().toISOString().slice(0, 10),
};

let networks: TestNetworks;
let wallet: Wallet;
let agent: RegistryAgent;
let account: RegistryAccount;
let network: RegistryNetwork;

beforeAll(async () => {
  networks = await startTestNetworks();
  wallet = await networks.evm.fundedWallet();
  agent = await RegistryAgent.start('CFO Maya', {
    ...networks.settings,
    ...RATE,
    AGENT_PRIVATE_KEY: wallet.privateKey,
    REGISTRY_GAS_CAP_NATIVE: '5',
    REGISTRY_CONFIRMATIONS: '3',
    REGISTRY_BUMP_MS: '200',
    REGISTRY_PATIENCE_MS: '8000',
  });
  account = await agent.registry.account();
  ({ network } = agent.registry);
}, 60_000);
afterAll(async () => {
  await agent.runtime.stop();
  await networks.stop();
});

let turn = 0;
/** A registration of its own. */
function registration(uri = 'https://example.com/agent.json'): Submission {
  turn += 1;
  const key = `test/${String(turn)}`;
  return { key, call: network.identities.registration(uri, []), scopes: { agent: 'CFO Maya' } };
}

async function registered(): Promise<number> {
  const events = await network.identities.events({ fromBlock: 0, registeredBy: wallet.address });
  return events.length;
}

interface Waiting {
  readonly maxFeePerGas: string;
  readonly to: string;
}

/** What of the wallet's the node has in no block. */
async function waiting(): Promise<Waiting[]> {
  const { pending } = (await networks.evm.provider.send('txpool_content', [])) as {
    pending: Record<string, Record<string, Waiting>>;
  };
  const isMine = (address: string): boolean =>
    address.toLowerCase() === wallet.address.toLowerCase();
  return Object.entries(pending).flatMap(([from, mine]) =>
    isMine(from) ? Object.values(mine) : [],
  );
}

/** Mines until the work is done, as time would. */
async function whileMining<Result>(work: Promise<Result>): Promise<Result> {
  const clock = new AbortController();
  const mining = (async () => {
    while (!clock.signal.aborted) {
      await networks.evm.mine(1);
      await new Promise((next) => setTimeout(next, 20));
    }
  })();
  try {
    return await work;
  } finally {
    clock.abort();
    await mining;
  }
}

describe('a transaction', () => {
  let before = 0;
  beforeEach(async () => {
    before = await registered();
  });

  afterEach(async () => {
    await networks.evm.resumeMining();
  });

  it('is sent once, however often its key is submitted', async () => {
    const one = registration();
    const [first, second] = await Promise.all([
      account.queue.submit(one, NEVER),
      account.queue.submit(one, NEVER),
    ]);
    expect(second.hash).toBe(first.hash);
    expect((await account.queue.submit(one, NEVER)).hash).toBe(first.hash);
    expect(await registered()).toBe(before + 1);
  });

  it('has a nonce of its own among many at once', async () => {
    const many = Array.from({ length: 8 }, () => registration());
    const receipts = await Promise.all(many.map((one) => account.queue.submit(one, NEVER)));
    expect(new Set(receipts.map(({ hash }) => hash)).size).toBe(8);
    expect(await registered()).toBe(before + 8);
  });

  it('is refused before anything is sent where the contract says no, with its reason', async () => {
    const [other] = await Promise.all([networks.evm.fundedWallet()]);
    const { identities } = network;
    const foreign = await identities.nextId(other.address);
    await other.sendTransaction({ ...identities.registration('ipfs://x', []) });
    const call = identities.uriChange(foreign, 'ipfs://mine');
    const nonce = await network.chain.nonceOf(wallet.address);
    await expect(
      account.queue.submit({ key: 'test/foreign', call, scopes: {} }, NEVER),
    ).rejects.toMatchObject({ code: 'CALL_REVERTED', details: { reason: 'Not authorized' } });
    expect(await network.chain.nonceOf(wallet.address)).toBe(nonce);
  });

  it('offers more when it is stuck, and is mined once', async () => {
    const { evm } = networks;
    await evm.pauseMining();
    const one = registration();
    const sent = account.queue.submit(one, NEVER);
    // More than one version of the same nonce.
    await eventually(async () => {
      const mine = await waiting();
      expect(mine).toHaveLength(1);
      expect(BigInt(mine[0]!.maxFeePerGas)).toBeGreaterThan((await network.chain.fees()).maxFeeWei);
    });
    await evm.resumeMining();
    await sent;
    expect(await registered()).toBe(before + 1);
  });

  it('is sent again when the node forgets it', async () => {
    const { evm } = networks;
    await evm.pauseMining();
    const gone = Promise.withResolvers<undefined>();
    const sent = account.queue.submit(
      { ...registration(), onSent: () => gone.resolve(undefined) },
      NEVER,
    );
    await gone.promise;
    await evm.dropTransactions();
    await evm.resumeMining();
    await sent;
    expect(await registered()).toBe(before + 1);
  });

  it('survives that its block is replaced', async () => {
    const { evm } = networks;
    const one = registration();
    const first = await account.queue.submit(one, NEVER);
    await evm.mine(1);
    await evm.reorganize(2);
    expect(await network.chain.receipt(first.hash)).toBeUndefined();
    const receipt = await whileMining(account.queue.confirm(one, NEVER));
    expect(receipt.hash).toBe(first.hash);
    expect(receipt.blockHash).not.toBe(first.blockHash);
    const block = await network.chain.block(receipt.blockNumber);
    expect(block?.hash).toBe(receipt.blockHash);
    expect(await registered()).toBe(before + 1);
  });

  it('gets another nonce when somebody else has used its own', async () => {
    const { evm } = networks;
    await evm.pauseMining();
    const gone = Promise.withResolvers<undefined>();
    const sent = account.queue.submit(
      { ...registration(), onSent: () => gone.resolve(undefined) },
      NEVER,
    );
    await gone.promise;
    const nonce = await network.chain.nonceOf(wallet.address);
    await evm.dropTransactions();
    await wallet.sendTransaction({
      ...{ to: wallet.address, nonce, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 11n },
    });
    await evm.resumeMining();
    await whileMining(sent);
    expect(await registered()).toBe(before + 1);
  });

  it('has a gap before it filled', async () => {
    const { evm } = networks;
    const { chain } = network;
    const nonce = await chain.nonceOf(wallet.address);
    await evm.pauseMining();
    // Somebody else's use of the key, which the node then loses.
    await wallet.sendTransaction({ to: wallet.address, nonce });
    const gone = Promise.withResolvers<undefined>();
    const sent = account.queue.submit(
      { ...registration(), onSent: () => gone.resolve(undefined) },
      NEVER,
    );
    await gone.promise;
    await evm.dropTransactions();
    await evm.resumeMining();
    await whileMining(sent);
    expect(await chain.nonceOf(wallet.address)).toBe(nonce + 2);
    expect(await registered()).toBe(before + 1);
  });

  it('says why it changed nothing, where it met something else in its block', async () => {
    const { evm } = networks;
    const { identities } = network;
    const other = await evm.fundedWallet();
    const agentId = await identities.nextId(other.address);
    await (await other.sendTransaction({ ...identities.registration('', []) })).wait();
    const abi = ['function approve(address, uint256)'];
    const token = new Contract(identities.reference.address, abi, other);
    const allow = async (whom: string, fees = {}): Promise<void> => {
      await token['approve']!(whom, agentId, fees);
    };
    await allow(wallet.address);
    await evm.pauseMining();
    const call = identities.uriChange(agentId, 'ipfs://changed');
    const sent = account.queue.submit({ key: 'test/reverted', call, scopes: {} }, NEVER);
    const failed = expect(sent).rejects.toMatchObject({
      code: 'TRANSACTION_REVERTED',
      details: { reason: expect.stringContaining('Not authorized') as unknown },
    });
    await eventually(async () => {
      expect(await waiting()).toHaveLength(1);
    });
    const first = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 5n * 10n ** 10n };
    await allow(ZeroAddress, { ...first, gasLimit: 100_000 });
    await evm.resumeMining();
    await failed;
    expect((await identities.agent(agentId))?.uri).toBe('');
  });

  it('can be called back while it is in no block', async () => {
    const { evm } = networks;
    await evm.pauseMining();
    const one = registration();
    const gone = Promise.withResolvers<undefined>();
    const sent = account.queue.submit({ ...one, onSent: () => gone.resolve(undefined) }, NEVER);
    const failed = expect(sent).rejects.toMatchObject({ code: 'TRANSACTION_WITHDRAWN' });
    await gone.promise;
    const withdrawn = account.queue.withdraw(one.key, NEVER);
    await eventually(async () => {
      const [mine] = await waiting();
      expect(mine?.to.toLowerCase()).toBe(wallet.address.toLowerCase());
    });
    await evm.resumeMining();
    expect(await withdrawn).toBeUndefined();
    await failed;
    expect(await registered()).toBe(before);
  });

  it('cannot be called back any more once it is in a block', async () => {
    const one = registration();
    const receipt = await account.queue.submit(one, NEVER);
    expect((await account.queue.withdraw(one.key, NEVER))?.hash).toBe(receipt.hash);
  });
});

describe('gas', () => {
  it('is in the ledger as what it was, in dollars of the rate', async () => {
    const one = registration();
    const receipt = await whileMining(account.queue.confirm(one, NEVER));
    const treasury = await treasuryOf(agent.runtime);
    const rows = await treasury.ledger({ category: 'gas' });
    const row = rows.find(({ callId }) => callId === receipt.hash);
    const coins = parseUsd('2.5');
    expect(row?.costPico).toBe((receipt.feeWei * coins + 10n ** 18n - 1n) / 10n ** 18n);
  });
});

describe('what cannot be paid', () => {
  const started: RegistryAgent[] = [];
  const start = async (name: string, more: Record<string, string>): Promise<RegistryAccount> => {
    const poor = await RegistryAgent.start(name, { ...networks.settings, ...more });
    started.push(poor);
    return poor.registry.account();
  };
  afterEach(async () => {
    for (const { runtime } of started.splice(0)) await runtime.stop();
  });

  it.each<[code: string, settings: () => Record<string, string>]>([
    ['NO_FUNDS', () => ({ AGENT_PRIVATE_KEY: `0x${'22'.repeat(32)}` })],
    ['GAS_CAP_REACHED', () => ({ REGISTRY_GAS_CAP_NATIVE: '0.000001' })],
    ['GAS_TOO_DEAR', () => ({ REGISTRY_MAX_FEE_GWEI: '1' })],
    ['BUDGET_EXCEEDED', () => ({ ...RATE, REGISTRY_COIN_USD: '999999' })],
  ])('is not sent: %s', async (code, more) => {
    const poor = await start(code, more());
    const nonce = await network.chain.pendingNonceOf(poor.queue.sender);
    await expect(poor.queue.submit(registration(), NEVER)).rejects.toMatchObject({ code });
    expect(await network.chain.pendingNonceOf(poor.queue.sender)).toBe(nonce);
  });

  it('is capped in the coin alone where the rate is old', async () => {
    const dated = { REGISTRY_COIN_USD: '999999', REGISTRY_COIN_USD_DATE: '2026-01-01' };
    const { queue } = await start('old rate', { ...dated, REGISTRY_GAS_CAP_NATIVE: '5' });
    expect((await queue.submit(registration(), NEVER)).hasSucceeded).toBe(true);
  });
});
