import { BaseError, type PicoUsd } from '@371os/kernel';
import type { Treasury } from '../../plugins/plugin-gateway/src/ports.ts';

type Settled = Parameters<Treasury['settleSoon']>[1];
type Free = Parameters<Treasury['recordFreeSoon']>[0];
export type LedgerRow = Partial<Settled & Free>;

/** The treasury's refusal, by the code that the gateway knows it by. */
export class BudgetExceededError extends BaseError {
  constructor() {
    super('Monthly budget of $1.00 has been exceeded.');
  }
}

/** One cap and a ledger in memory, behind the gateway's port. */
export class TreasuryInMemory implements Treasury {
  readonly rows: LedgerRow[] = [];
  readonly reserved = new Map<string, PicoUsd>();
  readonly renewed: string[] = [];
  readonly endings: string[] = [];
  #spent = 0n;
  #nextId = 1;
  capPico: PicoUsd;

  constructor(capPico: PicoUsd) {
    this.capPico = capPico;
  }

  async reserve({ amountPico }: { amountPico: PicoUsd }): Promise<{ id: string }> {
    if (this.#committed() + amountPico > this.capPico) throw new BudgetExceededError();
    const id = `reservation-${String(this.#nextId++)}`;
    this.reserved.set(id, amountPico);
    return { id };
  }

  settleSoon(id: string, row: Settled): void {
    this.#end(id);
    this.#spent += row.costPico;
    this.rows.push(row);
  }

  async release(id: string): Promise<void> {
    this.#end(id);
  }

  async renew(id: string): Promise<boolean> {
    this.renewed.push(id);
    return this.reserved.has(id);
  }

  recordFreeSoon(row: Free): void {
    this.rows.push(row);
  }

  async remainingFraction(): Promise<number> {
    if (this.capPico === 0n) return 0;
    return Number(((this.capPico - this.#committed()) * 1_000_000n) / this.capPico) / 1_000_000;
  }

  get spentPico(): PicoUsd {
    return this.#spent;
  }

  // A reservation that ends twice is the mistake that the tests look for.
  #end(id: string): void {
    if (!this.reserved.delete(id)) throw new RangeError(`${id} has ended before`);
    this.endings.push(id);
  }

  #committed(): PicoUsd {
    return [...this.reserved.values()].reduce((sum, amount) => sum + amount, this.#spent);
  }
}
