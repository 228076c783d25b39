import { sql, type SQL } from 'drizzle-orm';
import { StatementRunner, type StatementExecutor } from '@371os/kernel';
import { z } from 'zod';
import type { LearnedRatio } from '../domain/learned-ratio.ts';
import { EstimatesUnreadableError } from '../errors.ts';
import type { RatioStore } from '../ports.ts';

const row = z.object({ model: z.string(), token_percent: z.number(), cost_percent: z.number() });
const nothing = z.unknown();

/** Keeps what was learned about estimating in the agents' database. */
export class SqlRatioStore implements RatioStore {
  readonly #runner: StatementRunner<SQL>;

  constructor(executor: StatementExecutor<SQL>) {
    this.#runner = new StatementRunner(
      executor,
      (cause) => new EstimatesUnreadableError({ cause }),
    );
  }

  async load(): Promise<Map<string, LearnedRatio>> {
    const rows = await this.#runner.query(
      sql`SELECT model, token_percent, cost_percent FROM gateway.learned_ratios`,
      row,
    );
    return new Map(
      rows.map(({ model, token_percent: tokenPercent, cost_percent: costPercent }) => [
        model,
        { tokenPercent, costPercent },
      ]),
    );
  }

  async save(model: string, { tokenPercent, costPercent }: LearnedRatio): Promise<void> {
    await this.#runner.query(
      sql`INSERT INTO gateway.learned_ratios AS known (model, token_percent, cost_percent, updated_at)
          VALUES (${model}, ${tokenPercent}::integer, ${costPercent}::integer, now())
          ON CONFLICT (model) DO UPDATE SET
            token_percent = GREATEST(known.token_percent, EXCLUDED.token_percent),
            cost_percent = GREATEST(known.cost_percent, EXCLUDED.cost_percent),
            updated_at = now()`,
      nothing,
    );
  }
}
