import { normaliseVector } from './likeness.ts';
import { weighFeatures, type SparseVector } from './text-features.ts';

/** The departments that a request can be for. */
export const LABELS = [
  'CEO',
  'CTO',
  'CMO',
  'CMO_MONETIZATION',
  'CPO',
  'CCO',
  'CFO',
  'CLO',
] as const;
export type Label = (typeof LABELS)[number];

// As much of a text as its features are taken from.
const READ_CHARACTERS = 2_000;

/** One row of weights and one bias for each label, in the order of LABELS. */
export interface LinearLayer {
  readonly weights: readonly Float32Array[];
  readonly biases: readonly number[];
}

/** A trained classifier: what a request means and the words it uses, each judged by itself. */
export interface RoutingModel {
  readonly meaning: LinearLayer;
  readonly words: LinearLayer;
  /** In how many training texts each bucket of words was used, at most 255. */
  readonly documentCounts: Uint8Array;
  readonly documents: number;
  /** Divides the scores, so that a confidence of 0.8 is right in 8 of 10 cases. */
  readonly temperature: number;
  /** Below it the classifier abstains, 0 to 1. */
  readonly minimumConfidence: number;
  /** How much of a part's score comes from the whole request, 0 to 1. */
  readonly contextShare: number;
}

/** A text with its embedding. */
export interface EmbeddedText {
  readonly text: string;
  readonly vector: readonly number[];
}

export interface Classification {
  readonly label: Label;
  /** Calibrated probability of the label, 0 to 1. */
  readonly confidence: number;
  /**
   * True when the confidence is below the model's minimum, or the text has hardly a Latin letter:
   * somebody should look at it first.
   */
  readonly isAbstention: boolean;
  readonly probabilities: Readonly<Record<Label, number>>;
}

/**
 * The department that a text is for. A part of a longer request is judged in its light, since a
 * short part alone says little.
 */
export function classify(
  part: EmbeddedText,
  model: RoutingModel,
  request: EmbeddedText = part,
): Classification {
  const own = scoresOf(part, model);
  const share = request.text === part.text ? 0 : model.contextShare;
  const whole = share === 0 ? own : scoresOf(request, model);
  const mixed = own.map((score, index) => (1 - share) * score + share * (whole[index] ?? 0));
  const judged = judge(softmax(mixed.map((score) => score / model.temperature)), model);
  return { ...judged, isAbstention: judged.isAbstention || !isReadable(part.text) };
}

// It has learnt English, and languages like it share enough words; others it cannot read at all.
function isReadable(text: string): boolean {
  const letters = text.slice(0, READ_CHARACTERS).match(/\p{L}/gu) ?? [];
  const latin = letters.filter((letter) => /\p{Script=Latin}/u.test(letter));
  return latin.length > 0 && latin.length >= letters.length / 2;
}

/** The sum of the log-probabilities of both views, one number for each label. */
export function scoresOf({ text, vector }: EmbeddedText, model: RoutingModel): number[] {
  const meaning = logProbabilities(model.meaning, Float32Array.from(normaliseVector(vector)));
  const words = logProbabilities(model.words, weighFeatures(text, model));
  return meaning.map((score, index) => score + (words[index] ?? 0));
}

/** The logarithm of each label's probability under one layer. */
export function logProbabilities(layer: LinearLayer, input: Float32Array | SparseVector): number[] {
  const sums = layer.weights.map(
    (weights, index) => (layer.biases[index] ?? 0) + product(weights, input),
  );
  return softmax(sums).map((probability) => Math.log(Math.max(probability, 1e-9)));
}

/** Probabilities from scores; they sum to 1. */
export function softmax(scores: readonly number[]): number[] {
  const highest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

function product(weights: Float32Array, input: Float32Array | SparseVector): number {
  let sum = 0;
  if (input instanceof Float32Array)
    input.forEach((value, index) => (sum += value * (weights[index] ?? 0)));
  else
    input.buckets.forEach(
      (bucket, index) => (sum += (input.values[index] ?? 0) * (weights[bucket] ?? 0)),
    );
  return sum;
}

function judge(
  probabilities: readonly number[],
  { minimumConfidence }: RoutingModel,
): Classification {
  const confidence = Math.max(...probabilities);
  return {
    label: LABELS[probabilities.indexOf(confidence)] ?? 'CEO',
    confidence,
    isAbstention: confidence < minimumConfidence,
    probabilities: Object.fromEntries(
      LABELS.map((label, index) => [label, probabilities[index] ?? 0]),
    ) as Record<Label, number>,
  };
}
