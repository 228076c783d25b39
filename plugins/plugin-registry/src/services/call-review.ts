import { usdNumber, type Clock } from '@371os/kernel';
import { canonicalJson } from '../domain/canonical-json.ts';
import { onChainRating, rateMetrics } from '../domain/reputation/rate-metrics.ts';
import type { Signatures } from '../ports/signatures.ts';
import type { Database } from '../store/database.ts';
import {
  keepRating,
  unratedExecutions,
  type Rating,
  type UnratedExecution,
} from '../store/rating-store.ts';

export interface CallReviewComponents {
  readonly database: Database;
  readonly signatures: Pick<Signatures, 'hashText'>;
  readonly now: Clock;
}

/** Rates calls by what was measured of them. */
export class CallReview {
  readonly #components: CallReviewComponents;

  constructor(components: CallReviewComponents) {
    this.#components = components;
  }

  /** Whether there are calls that nobody has rated. */
  async hasUnrated(): Promise<boolean> {
    return (await unratedExecutions(this.#components.database)).length > 0;
  }

  /** Rates those, each once; the chain is not told. */
  async propose(): Promise<Rating[]> {
    const unrated = await unratedExecutions(this.#components.database);
    return Promise.all(unrated.map((execution) => this.#propose(execution)));
  }

  async #propose(execution: UnratedExecution): Promise<Rating> {
    const { database, signatures, now } = this.#components;
    const { id: executionId, agent, tool, latencyMs, isSuccess, costPico } = execution;
    const averageCostUsd = usdNumber(costPico);
    const metrics = { p95LatencyMs: latencyMs, successShare: Number(isSuccess), averageCostUsd };
    const evidence = canonicalJson({
      ...{ executionId, latencyMs, isSuccess, costUsd: averageCostUsd },
      timestamp: new Date(now()).toISOString(),
    });
    return keepRating(database, {
      ...{ id: `${executionId}/overall`, agent, executionId, category: 'overall', evidence },
      ...{ evidenceHash: signatures.hashText(evidence), state: 'PROPOSED' },
      value: onChainRating(rateMetrics(metrics) ?? 0),
      reason: `${tool}: ${isSuccess ? 'answered' : 'failed'} after ${String(latencyMs)} ms for $${String(averageCostUsd)}`,
    });
  }
}
