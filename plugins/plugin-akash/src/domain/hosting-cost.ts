import { divideUp, parseUsd, type PicoUsd } from '@371os/kernel';
import { z } from 'zod';
import { storageTotal, type Demand } from './demand.ts';

const usd = z.string().transform((text) => parseUsd(text));
const origin = { name: z.string().min(1), source: z.string().min(1), date: z.iso.date() };
const rates = z.object({ cpu: usd, memoryGib: usd, storageGib: usd });

/** Dated list prices, as the data file has them. */
export const listPricesSchema = z.object({
  /** Hours in thousandths. */
  hoursPerMonth: z
    .string()
    .regex(/^\d+\.\d{3}$/)
    .transform((text) => BigInt(text.replace('.', ''))),
  providerScript: z.object({
    ...origin,
    usdPerMonth: z.object({
      cpu: usd,
      memoryGib: usd,
      ephemeralGib: usd,
      beta1Gib: usd,
      beta2Gib: usd,
      beta3Gib: usd,
      endpoint: usd,
      ip: usd,
      gpu: usd,
    }),
  }),
  consoleEstimate: z.object({ ...origin, usdPerMonth: rates }),
  mintSpread: z.object({ permyriad: z.int(), source: z.string(), date: z.iso.date() }),
  containers: z.array(
    z.object({
      ...origin,
      usdPerHour: rates.optional(),
      usdPerMonth: rates.optional(),
      freeStorageGib: z.int(),
    }),
  ),
  servers: z.array(
    z.object({
      ...origin,
      milliCpu: z.int(),
      memoryGib: z.int(),
      storageGib: z.int(),
      usdPerMonth: usd,
    }),
  ),
});

export type ListPrices = z.output<typeof listPricesSchema>;

/** What a month is expected to cost on Akash, the spread for minting ACT included. */
export interface PriceRange {
  readonly lowPico: PicoUsd;
  readonly highPico: PicoUsd;
}

/** The same specification elsewhere. */
export interface Alternative {
  readonly name: string;
  readonly date: string;
  readonly source: string;
  readonly monthlyPico: PicoUsd;
  /** Thousandths saved on Akash, at the high and the low end of the range; negative when dearer. */
  readonly savingPermille: { readonly least: number; readonly most: number };
}

export interface HostingComparison {
  readonly akash: PriceRange;
  /** Container services; none where GPUs are asked for, which the list has no prices of. */
  readonly containers: readonly Alternative[];
  /** The cheapest server in the list that is large enough, if any is. */
  readonly server: Alternative | undefined;
}

const GIB = 2n ** 30n;
const MILLI = 1000n;
const PERMYRIAD = 10_000n;

/**
 * What a demand costs a month on Akash before there are bids: at the default prices of providers,
 * and as the Console estimates it.
 */
export function priceRange(demand: Demand, prices: ListPrices): PriceRange {
  const { usdPerMonth: script } = prices.providerScript;
  const extras =
    BigInt(demand.endpoints) * script.endpoint +
    BigInt(demand.ips) * script.ip +
    BigInt(demand.gpus) * script.gpu;
  const low =
    cpuCost(demand, script.cpu) +
    perGib(demand.memoryBytes, script.memoryGib) +
    perGib(demand.storageBytes.ephemeral, script.ephemeralGib) +
    perGib(demand.storageBytes.beta1, script.beta1Gib) +
    perGib(demand.storageBytes.beta2, script.beta2Gib) +
    perGib(demand.storageBytes.beta3, script.beta3Gib) +
    extras;
  const high = resourceCost(demand, prices.consoleEstimate.usdPerMonth) + extras;
  const [least, most] = low < high ? [low, high] : [high, low];
  const { permyriad } = prices.mintSpread;
  return { lowPico: withSpread(least, permyriad), highPico: withSpread(most, permyriad) };
}

/** What a month costs at a price that providers have agreed to. */
export function agreedPrice(monthlyPico: PicoUsd, { mintSpread }: ListPrices): PriceRange {
  const cost = withSpread(monthlyPico, mintSpread.permyriad);
  return { lowPico: cost, highPico: cost };
}

/** Compares a demand on Akash with list prices of the same specification elsewhere. */
export function compareHosting(
  demand: Demand,
  prices: ListPrices,
  akash = priceRange(demand, prices),
): HostingComparison {
  const containers = demand.gpus > 0 ? [] : prices.containers;
  const server = prices.servers
    .filter((one) => demand.gpus === 0 && holds(one, demand))
    .toSorted((left, right) => (left.usdPerMonth < right.usdPerMonth ? -1 : 1))[0];
  return {
    akash,
    containers: containers.map((one) =>
      alternative(one, containerCost(demand, one, prices.hoursPerMonth), akash),
    ),
    server: server && alternative(server, server.usdPerMonth, akash),
  };
}

function containerCost(
  demand: Demand,
  { usdPerHour, usdPerMonth, freeStorageGib }: ListPrices['containers'][number],
  hoursPerMonth: bigint,
): PicoUsd {
  const stored = Math.max(0, storageTotal(demand) - freeStorageGib * Number(GIB));
  const cost = (one: z.output<typeof rates>): PicoUsd => resourceCost(demand, one, stored);
  if (usdPerHour) return divideUp(cost(usdPerHour) * hoursPerMonth, MILLI);
  return usdPerMonth ? cost(usdPerMonth) : 0n;
}

function resourceCost(
  demand: Demand,
  { cpu, memoryGib, storageGib }: z.output<typeof rates>,
  storedBytes = storageTotal(demand),
): PicoUsd {
  return (
    cpuCost(demand, cpu) + perGib(demand.memoryBytes, memoryGib) + perGib(storedBytes, storageGib)
  );
}

function cpuCost({ milliCpu }: Demand, price: PicoUsd): PicoUsd {
  return divideUp(BigInt(milliCpu) * price, MILLI);
}

function perGib(bytes: number, price: PicoUsd): PicoUsd {
  return divideUp(BigInt(bytes) * price, GIB);
}

function withSpread(amount: PicoUsd, permyriad: number): PicoUsd {
  return divideUp(amount * (PERMYRIAD + BigInt(permyriad)), PERMYRIAD);
}

function holds(server: ListPrices['servers'][number], demand: Demand): boolean {
  return (
    server.milliCpu >= demand.milliCpu &&
    BigInt(server.memoryGib) * GIB >= BigInt(demand.memoryBytes) &&
    BigInt(server.storageGib) * GIB >= BigInt(storageTotal(demand))
  );
}

function alternative(
  { name, date, source }: { name: string; date: string; source: string },
  monthlyPico: PicoUsd,
  akash: PriceRange,
): Alternative {
  const saved = (cost: PicoUsd): number =>
    monthlyPico === 0n ? 0 : floorDivide((monthlyPico - cost) * 1000n, monthlyPico);
  const savingPermille = { least: saved(akash.highPico), most: saved(akash.lowPico) };
  return { name, date, source, monthlyPico, savingPermille };
}

// A saving is never rounded up, nor is an extra cost rounded down.
function floorDivide(dividend: bigint, divisor: bigint): number {
  const quotient = dividend / divisor;
  return Number(dividend % divisor !== 0n && dividend < 0n ? quotient - 1n : quotient);
}
