import { parseUsd, type PicoUsd } from '@371os/kernel';
import { z } from 'zod';
import { UnknownPlanError } from '../errors.ts';
import { planSchema } from './deployment-plan.ts';

/** The kind of approval under which orders on deployments are kept. */
export const ORDER_KIND = 'akash-order';

const about = { version: z.literal(1), deploymentId: z.string() };

/** What somebody wants done to a deployment that there is: JSON, so that its digest binds it. */
export const orderSchema = z.discriminatedUnion('work', [
  z.strictObject({ ...about, work: z.literal('close') }),
  /** Whole uact to pay into its escrow. */
  z.strictObject({
    ...about,
    work: z.literal('top-up'),
    uact: z.string().regex(/^[1-9]\d{0,18}$/),
    /** Only while the escrow has been paid so much, in uact: for the watch, that nobody pays twice. */
    paidInUact: z
      .string()
      .regex(/^\d{1,19}$/)
      .exactOptional(),
  }),
  /** What it is to run from now on, on the same resources. */
  z.strictObject({ ...about, work: z.literal('update'), plan: planSchema }),
]);

export type Order = z.output<typeof orderSchema>;
export type TopUpOrder = Extract<Order, { work: 'top-up' }>;
export type UpdateOrder = Extract<Order, { work: 'update' }>;

const PICO_PER_UACT = 1_000_000n;

/** The order that an approval holds. @throws UnknownPlanError */
export function readOrder(approval: { readonly id: string; readonly plan: unknown }): Order {
  const parsed = orderSchema.safeParse(approval.plan);
  if (!parsed.success) throw new UnknownPlanError({ approvalId: approval.id });
  return parsed.data;
}

/** What an order pays, beside the fee of its transaction. */
export function amountOf(order: Order): PicoUsd {
  return order.work === 'top-up' ? BigInt(order.uact) * PICO_PER_UACT : 0n;
}

/** US dollars as whole uact, which are a millionth of one each; cut off. @throws InvalidMoneyError */
export function uactOf(usd: string): bigint {
  return parseUsd(usd) / PICO_PER_UACT;
}
