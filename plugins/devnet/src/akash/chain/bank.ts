import { createHash } from 'node:crypto';
import { toBech32 } from '@cosmjs/encoding';
import type { ChainContext } from './chain-context.ts';
import { recordFormat } from './codec.ts';
import { refuse } from './chain-error.ts';
import type { Table } from './store.ts';

export const ADDRESS_PREFIX = 'akash';
export const UAKT = 'uakt';
export const UACT = 'uact';

export interface Coin {
  readonly denom: string;
  readonly amount: bigint;
}

/** An account of the chain; one is made when an address first receives coins. */
export interface ChainAccount {
  readonly address: string;
  readonly number: number;
  readonly sequence: number;
  /** Compressed secp256k1 key in base64; known from the first transaction on. */
  readonly publicKey?: string;
}

/** Where the coins of a module are: `moduleAddress('escrow')`. */
export function moduleAddress(module: string): string {
  return toBech32(ADDRESS_PREFIX, createHash('sha256').update(module).digest().subarray(0, 20));
}

/** Balances, and the accounts that have them. */
export class Bank {
  readonly #balances: Table<bigint>;
  readonly #accounts: Table<ChainAccount>;

  constructor(context: ChainContext) {
    this.#balances = context.store.table('balance', recordFormat());
    this.#accounts = context.store.table('account', recordFormat());
  }

  account(address: string): ChainAccount | undefined {
    return this.#accounts.get(address);
  }

  saveAccount(account: ChainAccount): void {
    this.#accounts.set(account.address, account);
  }

  balance(address: string, denom: string): bigint {
    return this.#balances.get(`${address}/${denom}`) ?? 0n;
  }

  balances(address: string): Coin[] {
    return this.#balances
      .list(`${address}/`)
      .map(([key, amount]) => ({ denom: key.slice(address.length + 1), amount }));
  }

  /** All there is of a denomination. */
  supply(denom: string): bigint {
    return this.#balances
      .list()
      .filter(([key]) => key.endsWith(`/${denom}`))
      .reduce((sum, [, amount]) => sum + amount, 0n);
  }

  mint(address: string, coin: Coin): void {
    if (!this.account(address))
      this.saveAccount({ address, number: this.#accounts.list().length, sequence: 0 });
    this.#setBalance(address, coin.denom, this.balance(address, coin.denom) + coin.amount);
  }

  /** @throws ChainError (sdk 5) when there is less than that. */
  burn(address: string, { denom, amount }: Coin): void {
    const balance = this.balance(address, denom);
    if (balance < amount)
      refuse(
        'sdk.insufficientFunds',
        `spendable balance ${String(balance)}${denom} is smaller than ${String(amount)}${denom}`,
      );
    this.#setBalance(address, denom, balance - amount);
  }

  /** @throws ChainError (sdk 5) when there is less than that. */
  send(from: string, to: string, coin: Coin): void {
    this.burn(from, coin);
    this.mint(to, coin);
  }

  #setBalance(address: string, denom: string, amount: bigint): void {
    const key = `${address}/${denom}`;
    if (amount === 0n) this.#balances.delete(key);
    else this.#balances.set(key, amount);
  }
}
