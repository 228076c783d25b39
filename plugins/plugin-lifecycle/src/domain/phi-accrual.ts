/** How a process is judged by its heartbeats. */
export interface PhiRule {
  /** At this suspicion it is taken to be dead: 8 is one wrong judgement in 10^8. */
  readonly threshold: number;
  /** However regular it was, a beat may be late by some of these. */
  readonly minimumDeviationMs: number;
  /** What a beat may be late without any suspicion, such as a pause of the garbage collector. */
  readonly acceptablePauseMs: number;
  /** What is expected before anything is known. */
  readonly firstIntervalMs: number;
  /** How many intervals are remembered. */
  readonly sampleSize: number;
}

/** The values that Akka's detector comes with. */
export const PHI_RULE: PhiRule = {
  threshold: 8,
  minimumDeviationMs: 100,
  acceptablePauseMs: 3_000,
  firstIntervalMs: 1_000,
  sampleSize: 1_000,
};

/**
 * The phi accrual failure detector (Hayashibara et al., 2004): how improbable the silence of a
 * process is by the rhythm of its own beats. Times are milliseconds of one clock of the observer; a
 * clock that goes back counts as one that stood still.
 */
export class PhiAccrual {
  readonly #rule: PhiRule;
  readonly #intervals: number[];
  #lastMs: number;

  /** @param firstMs when it was first heard of */
  constructor(firstMs: number, rule: PhiRule = PHI_RULE) {
    this.#rule = rule;
    this.#lastMs = firstMs;
    const spread = rule.firstIntervalMs / 4;
    this.#intervals = [rule.firstIntervalMs - spread, rule.firstIntervalMs + spread];
  }

  /** It has beaten. An interval in which it was taken to be dead says nothing of its rhythm. */
  beat(atMs: number): void {
    const intervalMs = atMs - this.#lastMs;
    if (intervalMs > 0 && this.isAlive(atMs)) this.#remember(intervalMs);
    this.#lastMs = atMs;
  }

  /** -log10 of the probability that a process that is alive would be silent until now; 0 and more. */
  phi(nowMs: number): number {
    const mean = average(this.#intervals);
    const variance = average(this.#intervals.map((interval) => (interval - mean) ** 2));
    const deviation = Math.max(Math.sqrt(variance), this.#rule.minimumDeviationMs);
    const silenceMs = Math.max(0, nowMs - this.#lastMs);
    return suspicion((silenceMs - mean - this.#rule.acceptablePauseMs) / deviation);
  }

  isAlive(nowMs: number): boolean {
    return this.phi(nowMs) < this.#rule.threshold;
  }

  #remember(intervalMs: number): void {
    this.#intervals.push(intervalMs);
    if (this.#intervals.length > this.#rule.sampleSize) this.#intervals.shift();
  }
}

// -log10(1 - F(y)) of the normal distribution, by the logistic approximation that Akka uses. Written
// so that neither tail loses its digits.
function suspicion(y: number): number {
  const exponent = y * (1.5976 + 0.070566 * y * y);
  return exponent > 0
    ? (exponent + Math.log1p(Math.exp(-exponent))) / Math.LN10
    : Math.log1p(Math.exp(exponent)) / Math.LN10;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
