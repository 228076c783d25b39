import { moduleAddress, type Bank } from './bank.ts';
import type { ChainContext } from './chain-context.ts';
import { refuse } from './chain-error.ts';
import { recordFormat, textFormat } from './codec.ts';
import { fromUnits, multiplyUnits, type Atto } from './decimal.ts';
import type { Table } from './store.ts';

const ESCROW_ADDRESS = moduleAddress('escrow');

export type EscrowState = 'open' | 'closed' | 'overdrawn';

export interface EscrowAccountId {
  readonly scope: 'deployment' | 'bid';
  readonly xid: string;
}

/** What somebody has put into an account and is still there. */
export interface EscrowDeposit {
  readonly owner: string;
  readonly height: number;
  readonly amount: bigint;
}

export interface EscrowAccount extends EscrowAccountId {
  readonly owner: string;
  readonly denom: string;
  readonly state: EscrowState;
  /** What is left; negative when overdrawn: what is owed. */
  readonly funds: bigint;
  readonly transferred: bigint;
  /** Height up to which its payments have been made. */
  readonly settledAt: number;
  readonly deposits: readonly EscrowDeposit[];
}

export interface EscrowPayment {
  readonly account: EscrowAccountId;
  readonly xid: string;
  /** Who is paid. */
  readonly owner: string;
  readonly denom: string;
  readonly state: EscrowState;
  /** For each block. */
  readonly rate: Atto;
  /** Earned, and not yet withdrawn. */
  readonly balance: bigint;
  readonly unsettled: bigint;
  readonly withdrawn: bigint;
}

export interface EscrowHooks {
  onAccountClosed(account: EscrowAccount): void;
  onPaymentClosed(payment: EscrowPayment): void;
}

/**
 * Deposits, and payments out of them by the block. As on the real chain nothing moves by itself:
 * an account is settled for all blocks since the last time when somebody touches it, so what a query
 * shows holds for the height `settledAt`. An account that cannot pay in full is overdrawn, and what
 * hangs on it is closed.
 */
export class Escrow {
  readonly #context: ChainContext;
  readonly #bank: Bank;
  readonly #hooks: EscrowHooks;
  readonly #accounts: Table<EscrowAccount>;
  readonly #payments: Table<EscrowPayment>;
  // Keys of the accounts that are paying, so that a block need not read all others.
  readonly #paying: Table<string>;

  constructor(context: ChainContext, bank: Bank, hooks: EscrowHooks) {
    this.#context = context;
    this.#bank = bank;
    this.#hooks = hooks;
    this.#accounts = context.store.table('escrow-account', recordFormat());
    this.#payments = context.store.table('escrow-payment', recordFormat());
    this.#paying = context.store.table('escrow-paying', textFormat);
  }

  account(id: EscrowAccountId): EscrowAccount | undefined {
    return this.#accounts.get(accountKey(id));
  }

  accounts(): EscrowAccount[] {
    return this.#accounts.list().map(([, account]) => account);
  }

  /** The open accounts that something is paid out of. */
  payingAccounts(): EscrowAccount[] {
    return this.#paying.list().flatMap(([key]) => this.#accounts.get(key) ?? []);
  }

  payment(id: EscrowAccountId, xid: string): EscrowPayment | undefined {
    return this.#payments.get(paymentKey(id, xid));
  }

  payments(id?: EscrowAccountId): EscrowPayment[] {
    return this.#payments.list(id && `${accountKey(id)}/`).map(([, payment]) => payment);
  }

  /** @throws ChainError when the owner has not that much. */
  open(id: EscrowAccountId, owner: string, denom: string, amount: bigint): void {
    const { height } = this.#context;
    this.#save({
      ...{ ...id, owner, denom, state: 'open', settledAt: height },
      ...{ funds: 0n, transferred: 0n, deposits: [] },
    });
    this.deposit(id, owner, denom, amount);
  }

  /** A deposit to an account that is overdrawn pays its debts, and what is left goes back. */
  deposit(id: EscrowAccountId, depositor: string, denom: string, amount: bigint): void {
    const account = this.#existing(id);
    if (account.state === 'closed') refuse('escrow.accountClosed');
    if (denom !== account.denom) refuse('escrow.invalidDenomination');
    if (this.#bank.balance(depositor, denom) < amount)
      refuse('escrow.invalidDeposit', 'insufficient balance');
    this.#bank.send(depositor, ESCROW_ADDRESS, { denom, amount });
    const deposit = { owner: depositor, height: this.#context.height, amount };
    const deposits = [...account.deposits, deposit];
    this.#save({ ...account, funds: account.funds + amount, deposits });
    if (account.state === 'overdrawn') this.#payDebts(id);
  }

  /** From now on `owner` is paid `rate` a block out of the account. */
  startPayment(id: EscrowAccountId, xid: string, owner: string, denom: string, rate: Atto): void {
    const account = this.settle(id);
    if (account.state !== 'open') refuse('escrow.overdrawn');
    if (denom !== account.denom) refuse('escrow.invalidDenomination');
    this.#paying.set(accountKey(id), '');
    this.#savePayment({
      ...{ account: { scope: id.scope, xid: id.xid }, xid, owner, denom, rate, state: 'open' },
      ...{ balance: 0n, unsettled: 0n, withdrawn: 0n },
    });
  }

  /** Pays out what a payment has earned so far. */
  withdraw(id: EscrowAccountId, xid: string): void {
    if (this.payment(id, xid)?.state !== 'open') refuse('escrow.paymentClosed');
    if (this.settle(id).state === 'open') this.#payOut(this.#existingPayment(id, xid));
  }

  closePayment(id: EscrowAccountId, xid: string): void {
    this.settle(id);
    const payment = this.#existingPayment(id, xid);
    if (payment.state === 'open') this.#endPayment({ ...payment, state: 'closed' });
  }

  /** Pays what is owed, and gives the rest back to those who deposited it. */
  close(id: EscrowAccountId): void {
    if (this.#existing(id).state !== 'open') refuse('escrow.accountClosed');
    if (this.settle(id).state === 'open') this.#closeSettled(id);
  }

  /** Brings an account up to the height of this block. */
  settle(id: EscrowAccountId): EscrowAccount {
    let account = this.#existing(id);
    const blocks = BigInt(this.#context.height - account.settledAt);
    if (account.state !== 'open' || blocks === 0n) return account;
    account = { ...account, settledAt: this.#context.height };
    const due = this.#openPayments(id);
    for (const payment of due) {
      const owed = multiplyUnits(blocks, payment.rate);
      const paid = owed < available(account) ? owed : available(account);
      account = deduct(account, paid, owed);
      this.#savePayment({
        ...payment,
        balance: payment.balance + paid,
        unsettled: payment.unsettled + owed - paid,
      });
    }
    this.#save(account);
    if (account.funds < 0n) this.#overdraw(account);
    return this.#existing(id);
  }

  /** Whether the payments of an account, settled now, would take more than there is. */
  isExhausted(account: EscrowAccount): boolean {
    const blocks = BigInt(this.#context.height - account.settledAt);
    const owed = this.#openPayments(account).map(({ rate }) => multiplyUnits(blocks, rate));
    return owed.reduce((sum, amount) => sum + amount, 0n) > account.funds;
  }

  /** Moves the last settlement back, so that the account is overdrawn at the next one. */
  exhaust(id: EscrowAccountId): void {
    const account = this.#existing(id);
    const rate = this.#openPayments(id).reduce((sum, payment) => sum + payment.rate, 0n);
    if (account.state !== 'open' || rate === 0n) refuse('escrow.paymentNotFound');
    const blocks = Number(fromUnits(account.funds) / rate) + 2;
    this.#save({ ...account, settledAt: this.#context.height - blocks });
    this.settle(id);
  }

  #overdraw(account: EscrowAccount): void {
    for (const payment of this.#openPayments(account))
      this.#endPayment({ ...payment, state: 'overdrawn' });
    this.#save({ ...account, state: 'overdrawn' });
    this.#hooks.onAccountClosed({ ...account, state: 'overdrawn' });
  }

  #payDebts(id: EscrowAccountId): void {
    for (const payment of this.payments(id).filter(({ unsettled }) => unsettled > 0n)) {
      const account = this.#existing(id);
      const paid = payment.unsettled < available(account) ? payment.unsettled : available(account);
      this.#save(deduct(account, paid, 0n));
      this.#payOut({
        ...payment,
        balance: payment.balance + paid,
        unsettled: payment.unsettled - paid,
      });
    }
    if (this.payments(id).every(({ unsettled }) => unsettled === 0n)) this.#refund(id);
  }

  #closeSettled(id: EscrowAccountId): void {
    for (const payment of this.#openPayments(id)) this.#endPayment({ ...payment, state: 'closed' });
    this.#refund(id);
    this.#hooks.onAccountClosed(this.#existing(id));
  }

  #refund(id: EscrowAccountId): void {
    const account = this.#existing(id);
    for (const { owner, amount } of account.deposits)
      this.#bank.send(ESCROW_ADDRESS, owner, { denom: account.denom, amount });
    this.#save({ ...account, state: 'closed', funds: 0n, deposits: [] });
  }

  #endPayment(payment: EscrowPayment): void {
    this.#hooks.onPaymentClosed(this.#payOut(payment));
  }

  #payOut(payment: EscrowPayment): EscrowPayment {
    const { denom, balance, owner } = payment;
    this.#bank.send(ESCROW_ADDRESS, owner, { denom, amount: balance });
    return this.#savePayment({ ...payment, balance: 0n, withdrawn: payment.withdrawn + balance });
  }

  #openPayments(id: EscrowAccountId): EscrowPayment[] {
    return this.payments(id).filter(({ state }) => state === 'open');
  }

  #existing(id: EscrowAccountId): EscrowAccount {
    return this.account(id) ?? refuse('escrow.accountNotFound');
  }

  #existingPayment(id: EscrowAccountId, xid: string): EscrowPayment {
    return this.payment(id, xid) ?? refuse('escrow.paymentNotFound');
  }

  #save(account: EscrowAccount): void {
    const key = accountKey(account);
    this.#accounts.set(key, account);
    if (account.state !== 'open') this.#paying.delete(key);
  }

  #savePayment(payment: EscrowPayment): EscrowPayment {
    this.#payments.set(paymentKey(payment.account, payment.xid), payment);
    return payment;
  }
}

function accountKey({ scope, xid }: EscrowAccountId): string {
  return `${scope}/${xid}`;
}

function paymentKey(id: EscrowAccountId, xid: string): string {
  return `${accountKey(id)}/${xid}`;
}

function available({ deposits }: EscrowAccount): bigint {
  return deposits.reduce((sum, { amount }) => sum + amount, 0n);
}

/** Takes `paid` from the oldest deposits first; `owed` is what the funds fall by. */
function deduct(account: EscrowAccount, paid: bigint, owed: bigint): EscrowAccount {
  let rest = paid;
  const deposits = account.deposits.flatMap((deposit) => {
    const taken = rest < deposit.amount ? rest : deposit.amount;
    rest -= taken;
    return taken === deposit.amount ? [] : [{ ...deposit, amount: deposit.amount - taken }];
  });
  return {
    ...{ ...account, deposits },
    ...{ funds: account.funds - owed, transferred: account.transferred + paid },
  };
}
