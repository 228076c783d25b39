import { normaliseVector } from '../../plugins/plugin-router/src/domain/likeness.ts';
import {
  LABELS,
  type EmbeddedText,
  type Label,
  type RoutingModel,
} from '../../plugins/plugin-router/src/domain/classify.ts';
import {
  BUCKETS,
  countFeatures,
  weighFeatures,
  type SparseVector,
} from '../../plugins/plugin-router/src/domain/text-features.ts';
import { fitLinear } from './fit-linear.ts';

export interface LabelledText extends EmbeddedText {
  readonly label: Label;
}

export const DIMENSIONS = 512;

// Found by five-fold cross-validation over the training part.
const MEANING = { penalty: 2e-4, steps: 150, rate: 0.3 };
const WORDS = { penalty: 5e-6, steps: 70, rate: 0.5 };

/** Trains both layers; the model is not calibrated and never abstains. */
export function fitModel(examples: readonly LabelledText[]): RoutingModel {
  const targets = examples.map(({ label }) => LABELS.indexOf(label));
  const counted = { documentCounts: countDocuments(examples), documents: examples.length };
  const fit = (
    inputs: readonly SparseVector[],
    options: { penalty: number; steps: number; rate: number; dimensions: number },
  ): RoutingModel['words'] => fitLinear(inputs, targets, { classes: LABELS.length, ...options });
  return {
    ...counted,
    meaning: fit(
      examples.map(({ vector }) => dense(vector)),
      { ...MEANING, dimensions: DIMENSIONS },
    ),
    words: fit(
      examples.map(({ text }) => weighFeatures(text, counted)),
      { ...WORDS, dimensions: BUCKETS },
    ),
    temperature: 1,
    minimumConfidence: 0,
    contextShare: 0,
  };
}

function dense(vector: readonly number[]): SparseVector {
  return {
    buckets: Uint16Array.from(vector, (_, index) => index),
    values: Float32Array.from(normaliseVector(vector)),
  };
}

function countDocuments(examples: readonly { readonly text: string }[]): Uint8Array {
  const counts = new Uint8Array(BUCKETS);
  for (const { text } of examples)
    for (const bucket of countFeatures(text).keys())
      counts[bucket] = Math.min(255, (counts[bucket] ?? 0) + 1);
  return counts;
}
