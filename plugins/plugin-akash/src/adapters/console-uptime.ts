import type { Clock } from '@371os/kernel';
import { z } from 'zod';
import type { ProviderUptime } from '../ports/provider-uptime.ts';

export interface ConsoleUptimeInit {
  /** Of Akash Console's public API, or of an indexer like it. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly now: Clock;
  readonly log: (problem: string, error: unknown) => void;
}

const FRESH_MS = 600_000;
// Who asks again at once would wait for the time-out with every bid.
const FRESH_AFTER_FAILURE_MS = 60_000;

const answerSchema = z.array(z.unknown());
// Others are left out: one that is not understood must not spoil the rest.
const providerSchema = z.object({ owner: z.string(), uptime7d: z.number().min(0).max(1) });

type Figures = ReadonlyMap<string, number>;

/** The figures of Akash Console, kept for ten minutes. */
export class ConsoleUptime implements ProviderUptime {
  readonly #init: ConsoleUptimeInit;
  #figures: Promise<Figures> | undefined;
  #until = 0;

  constructor(init: ConsoleUptimeInit) {
    this.#init = init;
  }

  async permilleOf(provider: string): Promise<number | undefined> {
    const { now } = this.#init;
    if (!this.#figures || now() >= this.#until) {
      this.#until = now() + FRESH_MS;
      this.#figures = this.#fetch();
    }
    return (await this.#figures).get(provider);
  }

  async #fetch(): Promise<Figures> {
    const { url, timeoutMs, now, log } = this.#init;
    try {
      const response = await fetch(`${url.replace(/\/+$/, '')}/v1/providers`, {
        signal: AbortSignal.timeout(timeoutMs),
      });
      const answer = answerSchema.parse(await response.json());
      return new Map(answer.flatMap(figureOf));
    } catch (error) {
      this.#until = now() + FRESH_AFTER_FAILURE_MS;
      log('bids are scored without the uptime of providers', error);
      return new Map();
    }
  }
}

function figureOf(record: unknown): [string, number][] {
  const { data } = providerSchema.safeParse(record);
  return data ? [[data.owner, Math.round(data.uptime7d * 1_000)]] : [];
}
