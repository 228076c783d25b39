import { LeaseClosedReason } from '@akashnetwork/chain-sdk/private-types/akash.v1';
import { z } from 'zod';
import { chainFaults, providerFaults } from '../akash/faults.ts';
import { ipfsFaults } from '../ipfs/faults.ts';
import type { Networks } from './networks.ts';

const whole = z.string().regex(/^\d{1,30}$/);
const nothing = z.strictObject({});
const deployment = z.strictObject({
  owner: z.string().min(1),
  dseq: z.string().regex(/^\d{1,20}$/),
});
const reasons = Object.values(LeaseClosedReason).filter((value) => typeof value === 'number');

/** What the control endpoint does: the shape of each request, and its answer. */
export const CONTROL_OPERATIONS = {
  /** Replaces the faults of the chain; what is left out is off. */
  setChainFaults: operation(chainFaults, ({ akash: { faults } }, wanted) => {
    faults.setChain(wanted);
    return faults.chain;
  }),

  /** Replaces the faults of a provider, or of all when none is named. */
  setProviderFaults: operation(
    z.strictObject({ provider: z.string().optional(), faults: providerFaults }),
    ({ akash: { faults, addresses } }, { provider, faults: wanted }) => {
      const all = addresses.providers.map(({ name }) => name);
      const names = provider === undefined ? all : all.filter((name) => name === provider);
      for (const name of names) faults.setProvider(name, wanted);
      return { providers: names };
    },
  ),

  /** Replaces the faults of the IPFS node; what is left out is off. */
  setIpfsFaults: operation(ipfsFaults, ({ ipfs: { faults } }, wanted) => {
    faults.set(wanted);
    return faults.on;
  }),

  /** Lets a number of blocks pass at once. */
  skipBlocks: operation(
    z.strictObject({ count: z.number().int().min(1).max(1_000_000_000) }),
    ({ akash }, { count }) => ({ height: akash.chain.skip(count).height }),
  ),

  /** Gives coins to an account. */
  fund: operation(
    z.strictObject({ address: z.string().min(1), uakt: whole, uact: whole }),
    async ({ akash }, { address, uakt, uact }) =>
      akash.fund(address, { uakt: BigInt(uakt), uact: BigInt(uact) }),
  ),

  /** Overdraws a deployment's escrow: its leases end with 20000. */
  exhaustEscrow: operation(deployment, async ({ akash }, id) => akash.exhaustEscrow(id)),

  /** Ends the leases of a deployment as its providers would. */
  closeLeases: operation(
    deployment.extend({ reason: z.literal(reasons) }),
    async ({ akash }, { reason, ...id }) => akash.closeLeases(id, reason),
  ),

  /** Makes blocks of the EVM chain at once. */
  mineEvm: operation(
    z.strictObject({ blocks: z.number().int().min(1).max(1000) }),
    async ({ evm }, { blocks }) => done(evm.mine(blocks)),
  ),

  /** Takes the last blocks of the EVM chain back, with all that is in them. */
  reorganizeEvm: operation(
    z.strictObject({ depth: z.number().int().min(1).max(200) }),
    async ({ evm }, { depth }) => done(evm.reorganize(depth)),
  ),

  /** Forgets the EVM chain's transactions that are in no block. */
  dropEvmTransactions: operation(nothing, async ({ evm }) => done(evm.dropTransactions())),

  /** Of the EVM chain's next block, in wei. */
  setEvmBaseFee: operation(z.strictObject({ wei: whole }), async ({ evm }, { wei }) =>
    done(evm.setBaseFee(BigInt(wei))),
  ),

  /** Transactions of the EVM chain wait, until mining goes on. */
  pauseEvmMining: operation(nothing, async ({ evm }) => done(evm.pauseMining())),
  resumeEvmMining: operation(nothing, async ({ evm }) => done(evm.resumeMining())),

  /** Gives coins to an account of the EVM chain. */
  fundEvm: operation(
    z.strictObject({ address: z.string().regex(/^0x[0-9a-fA-F]{40}$/), wei: whole }),
    async ({ evm }, { address, wei }) => done(evm.fund(address, BigInt(wei))),
  ),
};

export type ControlOperations = typeof CONTROL_OPERATIONS;

interface Operation<Schema extends z.ZodType, Answer> {
  readonly input: Schema;
  run(networks: Networks, input: unknown): Promise<Answer>;
}

function operation<Schema extends z.ZodType, Answer>(
  input: Schema,
  run: (networks: Networks, input: z.output<Schema>) => Answer | Promise<Answer>,
): Operation<Schema, Answer> {
  return { input, run: async (networks, raw) => run(networks, input.parse(raw)) };
}

async function done(work: Promise<void>): Promise<object> {
  await work;
  return {};
}
