import { z } from 'zod';

const times = z.number().int().min(0).max(1_000_000).default(0);
const isOn = z.boolean().default(false);
const milliseconds = z.number().int().min(0).max(3_600_000);

/** What can go wrong on the chain. A number is how many times it is going to. */
export const chainFaults = z.strictObject({
  /** Transactions that are taken in and never get into a block. */
  dropTransactions: times,
  /** Before a transaction is looked at, another one of the same account gets in: code 32. */
  sequenceRace: times,
  /** Mints are canceled at the end of their epoch, and the AKT given back. */
  cancelMint: isOn,
  /** Why nothing can be minted now. */
  mintStatus: z.enum(['healthy', 'halt_cr', 'halt_oracle']).default('healthy'),
});

/** What can go wrong with a provider. */
export const providerFaults = z.strictObject({
  /** It bids on nothing. */
  noBids: isOn,
  /** How long it waits before it bids, instead of its own delay. */
  bidDelayMs: milliseconds.optional(),
  /** How long a bid that nobody takes stays open, instead of the devnet's setting. */
  bidLifetimeMs: milliseconds.optional(),
  /** Manifests that it answers with 404, though there is a lease. */
  manifestNotFound: times,
  /** Manifests that it answers with 422, though nothing is wrong with them. */
  manifestRejected: times,
  /** Requests of any kind that it answers with 503. */
  gatewayErrors: times,
  /** Its gateway shows a certificate that is not the one on the chain, and one of an unknown CA. */
  wrongCertificate: isOn,
  /** It says that a service is ready, and runs nothing. */
  liesAboutReadiness: isOn,
});

export type ChainFaults = z.output<typeof chainFaults>;
export type ProviderFaults = z.output<typeof providerFaults>;

type Countable<Faults> = {
  [Name in keyof Faults]-?: Faults[Name] extends number ? Name : never;
}[keyof Faults];

/** Which faults are switched on, for the chain and for each provider. */
export class Faults {
  #chain = chainFaults.parse({});
  readonly #providers = new Map<string, ProviderFaults>();
  readonly #listeners = new Set<() => void>();

  get chain(): ChainFaults {
    return this.#chain;
  }

  /** Replaces the faults of the chain. */
  setChain(faults: z.input<typeof chainFaults>): void {
    this.#chain = chainFaults.parse(faults);
  }

  provider(name: string): ProviderFaults {
    return this.#providers.get(name) ?? providerFaults.parse({});
  }

  /** Replaces the faults of a provider. */
  setProvider(name: string, faults: z.input<typeof providerFaults>): void {
    this.#providers.set(name, providerFaults.parse(faults));
    for (const listener of this.#listeners) listener();
  }

  /** Calls back after each change of a provider's faults. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Uses up one time of a fault of the chain: false when there is none left. */
  take(name: Countable<ChainFaults>): boolean {
    const left = this.#chain[name];
    if (left > 0) this.#chain = { ...this.#chain, [name]: left - 1 };
    return left > 0;
  }

  /** The same for a fault of a provider. */
  takeFrom(provider: string, name: Countable<ProviderFaults>): boolean {
    const faults = this.provider(provider);
    const left = faults[name];
    if (left > 0) this.#providers.set(provider, { ...faults, [name]: left - 1 });
    return left > 0;
  }
}
