import { softmax, type LinearLayer } from '../../plugins/plugin-router/src/domain/classify.ts';
import type { SparseVector } from '../../plugins/plugin-router/src/domain/text-features.ts';

export interface FitOptions {
  readonly classes: number;
  readonly dimensions: number;
  /** Strength of the pull of all weights towards zero. */
  readonly penalty: number;
  readonly steps: number;
  /** Size of the first steps; the last ones go to zero. */
  readonly rate: number;
}

// The usual constants of Adam (Kingma and Ba, 2015).
const MOMENTUM = 0.9;
const SCALE_MOMENTUM = 0.999;
const TINY = 1e-8;

/**
 * Multinomial logistic regression over all examples at once with Adam. It draws no random numbers:
 * the same examples give the same layer.
 */
export function fitLinear(
  inputs: readonly SparseVector[],
  targets: readonly number[],
  { classes, dimensions, penalty, steps, rate }: FitOptions,
): LinearLayer {
  // The bias is the weight of one more input that is always 1.
  const width = dimensions + 1;
  const weights = rows(classes, width);
  const [means, squares] = [rows(classes, width), rows(classes, width)];
  for (let step = 1; step <= steps; step += 1) {
    const gradients = gradientsOf(weights, inputs, targets, dimensions);
    const size = rate * Math.min(1, 3 * (1 - step / (steps + 1)));
    weights.forEach((row, label) => {
      const state = { mean: means[label], square: squares[label], gradient: gradients[label] };
      moveRow(row, state, { step, size, penalty });
    });
  }
  return {
    weights: weights.map((row) => Float32Array.from(row.subarray(0, dimensions))),
    biases: weights.map((row) => row[dimensions] ?? 0),
  };
}

function rows(count: number, width: number): Float64Array[] {
  return Array.from({ length: count }, () => new Float64Array(width));
}

function gradientsOf(
  weights: readonly Float64Array[],
  inputs: readonly SparseVector[],
  targets: readonly number[],
  bias: number,
): Float64Array[] {
  const gradients = rows(weights.length, bias + 1);
  inputs.forEach(({ buckets, values }, example) => {
    const scores = weights.map((row) => {
      let sum = row[bias] ?? 0;
      for (let index = 0; index < buckets.length; index += 1)
        sum += (row[buckets[index] ?? 0] ?? 0) * (values[index] ?? 0);
      return sum;
    });
    softmax(scores).forEach((probability, label) => {
      const error = (probability - (targets[example] === label ? 1 : 0)) / inputs.length;
      const gradient = gradients[label];
      if (gradient) addScaled(gradient, { buckets, values }, error, bias);
    });
  });
  return gradients;
}

function addScaled(
  row: Float64Array,
  { buckets, values }: SparseVector,
  factor: number,
  bias: number,
): void {
  for (let index = 0; index < buckets.length; index += 1) {
    const bucket = buckets[index] ?? 0;
    row[bucket] = (row[bucket] ?? 0) + factor * (values[index] ?? 0);
  }
  row[bias] = (row[bias] ?? 0) + factor;
}

function moveRow(
  row: Float64Array,
  state: {
    mean: Float64Array | undefined;
    square: Float64Array | undefined;
    gradient: Float64Array | undefined;
  },
  { step, size, penalty }: { step: number; size: number; penalty: number },
): void {
  const { mean, square, gradient } = state;
  if (!mean || !square || !gradient) return;
  const meanCorrection = 1 - MOMENTUM ** step;
  const squareCorrection = 1 - SCALE_MOMENTUM ** step;
  const bias = row.length - 1;
  for (let index = 0; index < row.length; index += 1) {
    const weight = row[index] ?? 0;
    const slope = (gradient[index] ?? 0) + (index === bias ? 0 : penalty * weight);
    // A bucket that no example uses stays at zero.
    if (slope === 0 && mean[index] === 0) continue;
    const newMean = MOMENTUM * (mean[index] ?? 0) + (1 - MOMENTUM) * slope;
    const newSquare = SCALE_MOMENTUM * (square[index] ?? 0) + (1 - SCALE_MOMENTUM) * slope * slope;
    mean[index] = newMean;
    square[index] = newSquare;
    row[index] =
      weight -
      (size * (newMean / meanCorrection)) / (Math.sqrt(newSquare / squareCorrection) + TINY);
  }
}
