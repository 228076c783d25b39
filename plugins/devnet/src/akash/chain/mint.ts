import { moduleAddress, UACT, UAKT, type Bank, type Coin } from './bank.ts';
import type { ChainContext } from './chain-context.ts';
import { refuse } from './chain-error.ts';
import { recordFormat, textFormat } from './codec.ts';
import { multiplyUnits, parseDecimal } from './decimal.ts';
import type { Table } from './store.ts';

const BME_ADDRESS = moduleAddress('bme');

/** USD for one AKT on this chain; one ACT is one USD. */
export const AKT_PRICE_USD = '0.5';
const MINIMUM_MINT_UACT = 10_000_000n;
export const MINT_SPREAD_BPS = 25n;
export const EPOCH_BLOCKS = 10;

export type MintStatus = 'healthy' | 'halt_cr' | 'halt_oracle';

export interface LedgerRecordId {
  readonly source: string;
  readonly height: number;
  readonly sequence: number;
}

/** A request to burn AKT for ACT, and what became of it. */
export interface LedgerRecord extends LedgerRecordId {
  readonly status: 'pending' | 'executed' | 'canceled';
  readonly to: string;
  readonly burned: bigint;
  /** What the receiver got: less than was minted, by the spread. */
  readonly minted: bigint;
}

/** What a test may do to the mint. */
export interface MintSwitches {
  readonly cancelMint: boolean;
  readonly mintStatus: MintStatus;
}

/**
 * Burns AKT and mints ACT. A request only takes the AKT; it is executed at the end of an epoch, or
 * canceled then and the AKT given back, though its transaction succeeded.
 */
export class Mint {
  readonly #context: ChainContext;
  readonly #bank: Bank;
  readonly #switches: () => MintSwitches;
  readonly #ledger: Table<LedgerRecord>;
  readonly #sequence: Table<string>;

  constructor(context: ChainContext, bank: Bank, switches: () => MintSwitches) {
    this.#context = context;
    this.#bank = bank;
    this.#switches = switches;
    this.#ledger = context.store.table('mint-ledger', recordFormat());
    this.#sequence = context.store.table('mint-sequence', textFormat);
  }

  get status(): MintStatus {
    return this.#switches().mintStatus;
  }

  records(): LedgerRecord[] {
    return this.#ledger.list().map(([, record]) => record);
  }

  vault(): Coin[] {
    return this.#bank.balances(BME_ADDRESS);
  }

  /** @throws ChainError (bme 5, 6, 9, 17; sdk 5) */
  request(owner: string, to: string, coin: Coin): LedgerRecordId {
    if (this.status === 'halt_oracle') refuse('bme.oracleUnhealthy');
    if (this.status === 'halt_cr') refuse('bme.circuitBreaker');
    if (coin.denom !== UAKT) refuse('bme.invalidDenomination', coin.denom);
    if (mintFor(coin.amount) < MINIMUM_MINT_UACT)
      refuse('bme.minimumMint', `${String(mintFor(coin.amount))}uact`);
    this.#bank.send(owner, BME_ADDRESS, coin);
    const id = { source: owner, height: this.#context.height, sequence: this.#nextSequence() };
    this.#save({ ...id, status: 'pending', to, burned: coin.amount, minted: 0n });
    return id;
  }

  /** At the end of each block. */
  endBlock(): void {
    if (this.#context.height % EPOCH_BLOCKS !== 0 || this.status !== 'healthy') return;
    for (const record of this.records().filter(({ status }) => status === 'pending'))
      if (this.#switches().cancelMint) this.#cancel(record);
      else this.#execute(record);
  }

  #execute(record: LedgerRecord): void {
    const whole = mintFor(record.burned);
    const spread = (whole * MINT_SPREAD_BPS) / 10_000n;
    this.#bank.burn(BME_ADDRESS, { denom: UAKT, amount: record.burned });
    this.#bank.mint(BME_ADDRESS, { denom: UACT, amount: spread });
    this.#bank.mint(record.to, { denom: UACT, amount: whole - spread });
    this.#save({ ...record, status: 'executed', minted: whole - spread });
    this.#context.emit('akash.bme.v1.EventLedgerRecordExecuted', { id: idOf(record) });
  }

  #cancel(record: LedgerRecord): void {
    this.#bank.send(BME_ADDRESS, record.source, { denom: UAKT, amount: record.burned });
    this.#save({ ...record, status: 'canceled' });
    this.#context.emit('akash.bme.v1.EventLedgerRecordCanceled', { id: idOf(record) });
  }

  // Counts within a block, from 1.
  #nextSequence(): number {
    const [height = '', sequence = '0'] = (this.#sequence.get('last') ?? '').split('/');
    const next = height === String(this.#context.height) ? Number(sequence) + 1 : 1;
    this.#sequence.set('last', `${String(this.#context.height)}/${String(next)}`);
    return next;
  }

  #save(record: LedgerRecord): void {
    const numbers = [record.height, record.sequence].map((part) => String(part).padStart(12, '0'));
    this.#ledger.set([record.source, ...numbers].join('/'), record);
  }
}

function mintFor(uakt: bigint): bigint {
  return multiplyUnits(uakt, parseDecimal(AKT_PRICE_USD));
}

function idOf({ source, height, sequence }: LedgerRecordId): Record<string, string> {
  return {
    source,
    denom: UAKT,
    to_denom: UACT,
    height: String(height),
    sequence: String(sequence),
  };
}
