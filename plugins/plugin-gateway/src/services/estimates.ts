import { processWide } from '@371os/kernel';
import {
  learn,
  NOTHING_LEARNED,
  withMargin,
  type LearnedRatio,
  type Observation,
} from '../domain/learned-ratio.ts';
import type { RatioStore } from '../ports.ts';

/**
 * What calls have taught about estimating a model: its next worst case is reckoned with that. Known
 * to all agents of the process, and kept for the next one.
 */
export class Estimates {
  readonly #ratios = new Map<string, LearnedRatio>();

  /** Takes what was kept; what is known already may only rise by it. */
  async load(store: RatioStore): Promise<void> {
    for (const [model, kept] of await store.load()) {
      const known = this.of(model);
      this.#ratios.set(model, {
        tokenPercent: Math.max(known.tokenPercent, kept.tokenPercent),
        costPercent: Math.max(known.costPercent, kept.costPercent),
      });
    }
  }

  of(model: string): LearnedRatio {
    return this.#ratios.get(model) ?? NOTHING_LEARNED;
  }

  /** The percentages for a worst case: of tokens counted, and of the cost by price. */
  boundsOf(model: string): LearnedRatio {
    const { tokenPercent, costPercent } = this.of(model);
    return { tokenPercent: withMargin(tokenPercent), costPercent: withMargin(costPercent) };
  }

  /** Learns from a call, and keeps what has risen. */
  async learn(model: string, seen: Observation, store: RatioStore | undefined): Promise<void> {
    const known = this.of(model);
    const learned = learn(known, seen);
    this.#ratios.set(model, learned);
    const hasRisen =
      learned.tokenPercent > known.tokenPercent || learned.costPercent > known.costPercent;
    if (hasRisen) await store?.save(model, learned);
  }
}

/** The estimates that all agents of the process share. */
export function sharedEstimates(): Estimates {
  return processWide('model-estimates', () => new Estimates());
}
