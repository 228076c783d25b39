import type { Json, Outcome, TaskContext } from '@371os/plugin-tasks';
import { DeploymentStateError } from '../deployment-errors.ts';
import type { Deployment } from '../domain/deployment.ts';
import { cents } from '../domain/plan-words.ts';
import { TransactionLostError } from '../network-errors.ts';
import { MonthExceededError } from '../order-errors.ts';
import type { AkashChain, ChainDeployment } from '../ports/akash-chain.ts';
import type { TopUpOrder } from '../domain/order.ts';
import type { DeploymentAccount } from './deployment-account.ts';
import type { FeeBook } from './fee-book.ts';
import { underLease, type LeaseComponents } from './under-lease.ts';

export interface EscrowTopUpComponents extends LeaseComponents {
  readonly chain: AkashChain;
  readonly fees: Pick<FeeBook, 'journal'>;
  readonly account: Pick<DeploymentAccount, 'record' | 'ensureOpen' | 'monthLeft'>;
}

/** What an escrow had before a deposit, and the last block that may hold the deposit. */
interface Before {
  readonly [key: string]: Json;
  readonly paidInUact: string;
  readonly lastHeight: number;
}

/** The task that pays, and what ends when somebody else may be paying. */
interface Turn {
  readonly steps: Pick<TaskContext, 'step'>;
  readonly signal: AbortSignal;
}

// About two minutes on the main network.
const PATIENCE_BLOCKS = 20;
const ROUNDS = 3;
const PICO_PER_UACT = 1_000_000n;

/** Pays into the escrow of a deployment, once for each task, whatever process dies meanwhile. */
export class EscrowTopUp {
  readonly #components: EscrowTopUpComponents;

  constructor(components: EscrowTopUpComponents) {
    this.#components = components;
  }

  /**
   * Whether so much may be paid in: with what the escrow has, and what this month has cost, it has
   * to stay within the month's maximum.
   * @throws MonthExceededError, DeploymentStateError
   */
  async check(deployment: Deployment, uact: bigint): Promise<void> {
    const { fundsUact } = await this.#escrow(await this.#openNumber(deployment));
    const { id, maximumPico } = deployment;
    const leftPico = await this.#components.account.monthLeft(deployment);
    const escrowPico = (fundsUact + uact) * PICO_PER_UACT;
    if (escrowPico > leftPico)
      throw new MonthExceededError({ id, maximumPico, leftPico, escrowPico });
  }

  /**
   * One at a time for a deployment, in all processes: two deposits at once could together exceed the
   * month, or be taken for each other after a crash.
   * @throws BudgetExceededError, MonthExceededError, DeploymentStateError
   */
  async pay(deployment: Deployment, order: TopUpOrder, context: TaskContext): Promise<Outcome> {
    return underLease(this.#components, `escrow/${deployment.id}`, context.signal, (signal) =>
      this.#pay(deployment, order, { steps: context, signal }),
    );
  }

  async #pay(deployment: Deployment, order: TopUpOrder, turn: Turn): Promise<Outcome> {
    const { account } = this.#components;
    const dseq = await this.#openNumber(deployment);
    const uact = BigInt(order.uact);
    const isNeeded = await turn.steps.step('within-month', async () => {
      if (!(await this.#isNeeded(dseq, order))) return false;
      await account.ensureOpen(await account.record(deployment, { isFinal: false }));
      await this.check(deployment, uact);
      return true;
    });
    if (!isNeeded)
      return {
        state: 'COMPLETED',
        answer: `Deployment ${deployment.id} had been topped up already: nothing was paid.`,
      };
    for (let round = 1; round <= ROUNDS; round += 1)
      if (await this.#deposit(deployment, { dseq, uact, round }, turn))
        return {
          state: 'COMPLETED',
          answer: `Deployment ${deployment.id} has been topped up by $${cents(uact * PICO_PER_UACT)}. ${await this.#left(dseq)}`,
        };
    return {
      state: 'FAILED',
      answer: `Deployment ${deployment.id} could not be topped up: the chain took the deposit into no block. Nothing was paid; ask again.`,
    };
  }

  /** Whether the deposit is in a block; false when it never can be. */
  async #deposit(
    { id }: Deployment,
    { dseq, uact, round }: { dseq: string; uact: bigint; round: number },
    { steps, signal }: Turn,
  ): Promise<boolean> {
    const { chain, fees } = this.#components;
    const sending = { isFirst: false };
    const before = await steps.step(`escrow-${String(round)}`, async (): Promise<Before> => {
      sending.isFirst = true;
      const { height } = await chain.latestBlock();
      const paidIn = paidInto(await this.#escrow(dseq));
      return { paidInUact: String(paidIn), lastHeight: height + PATIENCE_BLOCKS };
    });
    // An attempt before this one may have sent it: then the chain knows, sooner or later.
    if (!sending.isFirst) return this.#hasArrived({ dseq, uact, before }, signal);
    signal.throwIfAborted();
    try {
      const { lastHeight } = before;
      await chain.deposit(dseq, uact, { lastHeight, ...fees.journal(id) });
      return true;
    } catch (error) {
      // What the node's index does not have may be in the state all the same.
      if (error instanceof TransactionLostError)
        return this.#hasArrived({ dseq, uact, before }, signal);
      throw error;
    }
  }

  async #hasArrived(
    { dseq, uact, before }: { dseq: string; uact: bigint; before: Before },
    signal: AbortSignal,
  ): Promise<boolean> {
    const { chain, settings, pause } = this.#components;
    // Both parts are cut off to whole uact, so their sum may be one short.
    const expected = BigInt(before.paidInUact) + uact - 1n;
    for (;;) {
      // The height first: a deposit that is not there after the last block is in none.
      const { height } = await chain.latestBlock();
      if (paidInto(await this.#escrow(dseq)) >= expected) return true;
      if (height > before.lastHeight + 1) return false;
      await pause(settings.pollMs, signal);
    }
  }

  // Both parts of the sum are cut off, so that it may be one less without anybody having paid.
  async #isNeeded(dseq: string, { paidInUact }: TopUpOrder): Promise<boolean> {
    return (
      paidInUact === undefined || paidInto(await this.#escrow(dseq)) <= BigInt(paidInUact) + 1n
    );
  }

  async #openNumber({ id, state, dseq }: Deployment): Promise<string> {
    if (state === 'ACTIVE' && dseq !== undefined && (await this.#escrow(dseq)).isActive)
      return dseq;
    throw new DeploymentStateError({ id, state, wish: 'topped up' });
  }

  async #escrow(dseq: string): Promise<ChainDeployment> {
    const found = await this.#components.chain.deployment(dseq);
    if (found) return found;
    throw new DeploymentStateError({ id: dseq, state: 'not on chain', wish: 'topped up' });
  }

  async #left(dseq: string): Promise<string> {
    const { fundsUact } = await this.#escrow(dseq);
    return `Its escrow holds $${cents(fundsUact * PICO_PER_UACT)} now.`;
  }
}

/**
 * What was ever paid in, in uact, or one less. What the chain keeps of each deposit shrinks with the
 * rent; what is left and what was paid out do not.
 */
export function paidInto({ fundsUact, spentUact }: ChainDeployment): bigint {
  return fundsUact + spentUact;
}
