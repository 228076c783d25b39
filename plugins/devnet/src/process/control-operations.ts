import { LeaseClosedReason } from '@akashnetwork/chain-sdk/private-types/akash.v1';
import { z } from 'zod';
import type { AkashDevnet } from '../akash/akash-devnet.ts';
import { chainFaults, providerFaults } from '../akash/faults.ts';

const whole = z.string().regex(/^\d{1,30}$/);
const deployment = z.strictObject({
  owner: z.string().min(1),
  dseq: z.string().regex(/^\d{1,20}$/),
});
const reasons = Object.values(LeaseClosedReason).filter((value) => typeof value === 'number');

/** What the control endpoint does: the shape of each request, and its answer. */
export const CONTROL_OPERATIONS = {
  /** Replaces the faults of the chain; what is left out is off. */
  setChainFaults: operation(chainFaults, ({ faults }, wanted) => {
    faults.setChain(wanted);
    return faults.chain;
  }),

  /** Replaces the faults of a provider, or of all when none is named. */
  setProviderFaults: operation(
    z.strictObject({ provider: z.string().optional(), faults: providerFaults }),
    ({ faults, addresses }, { provider, faults: wanted }) => {
      const all = addresses.providers.map(({ name }) => name);
      const names = provider === undefined ? all : all.filter((name) => name === provider);
      for (const name of names) faults.setProvider(name, wanted);
      return { providers: names };
    },
  ),

  /** Lets a number of blocks pass at once. */
  skipBlocks: operation(
    z.strictObject({ count: z.number().int().min(1).max(1_000_000_000) }),
    ({ chain }, { count }) => ({ height: chain.skip(count).height }),
  ),

  /** Gives coins to an account. */
  fund: operation(
    z.strictObject({ address: z.string().min(1), uakt: whole, uact: whole }),
    async (devnet, { address, uakt, uact }) =>
      devnet.fund(address, { uakt: BigInt(uakt), uact: BigInt(uact) }),
  ),

  /** Overdraws a deployment's escrow: its leases end with 20000. */
  exhaustEscrow: operation(deployment, async (devnet, id) => devnet.exhaustEscrow(id)),

  /** Ends the leases of a deployment as its providers would. */
  closeLeases: operation(
    deployment.extend({ reason: z.literal(reasons) }),
    async (devnet, { reason, ...id }) => devnet.closeLeases(id, reason),
  ),
};

export type ControlOperations = typeof CONTROL_OPERATIONS;

interface Operation<Schema extends z.ZodType, Answer> {
  readonly input: Schema;
  run(devnet: AkashDevnet, input: unknown): Promise<Answer>;
}

function operation<Schema extends z.ZodType, Answer>(
  input: Schema,
  run: (devnet: AkashDevnet, input: z.output<Schema>) => Answer | Promise<Answer>,
): Operation<Schema, Answer> {
  return { input, run: async (devnet, raw) => run(devnet, input.parse(raw)) };
}
