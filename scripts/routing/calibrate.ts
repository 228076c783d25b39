import {
  classify,
  LABELS,
  scoresOf,
  softmax,
  type EmbeddedText,
  type Label,
  type RoutingModel,
} from '../../plugins/plugin-router/src/domain/classify.ts';
import type { LabelledText } from './fit-model.ts';

const TRIAGE_COST = 0.6;

/** A part with the request that it belongs to. */
export interface LabelledPart extends LabelledText {
  readonly request: EmbeddedText;
}

/** The temperature at which unseen examples are least surprising. */
export function findTemperature(model: RoutingModel, unseen: readonly LabelledText[]): number {
  const scored = unseen.map((example) => ({
    scores: scoresOf(example, model),
    target: LABELS.indexOf(example.label),
  }));
  const surprise = (temperature: number): number =>
    scored.reduce(
      (sum, { scores, target }) =>
        sum - Math.log(softmax(scores.map((score) => score / temperature))[target] ?? 0),
      0,
    );
  return best(steps(0.5, 6, 0.05), (temperature) => -surprise(temperature));
}

/**
 * The confidence below which a triage costs less than a guess: a wrong agent costs 1, a triage
 * TRIAGE_COST, the right agent nothing.
 */
export function findMinimumConfidence(
  model: RoutingModel,
  unseen: readonly LabelledText[],
): number {
  const judged = unseen.map((example) => ({ ...classify(example, model), target: example.label }));
  const cost = (minimum: number): number =>
    judged.reduce((sum, judgement) => {
      if (judgement.confidence < minimum) return sum + TRIAGE_COST;
      return isRight(judgement) ? sum : sum + 1;
    }, 0);
  return best(steps(0.2, 0.7, 0.01), (minimum) => -cost(minimum));
}

/** How much of the whole request helps most to judge its parts. */
export function findContextShare(model: RoutingModel, parts: readonly LabelledPart[]): number {
  return best(steps(0, 0.5, 0.05), (contextShare) =>
    parts.reduce((sum, part) => {
      const { probabilities } = classify(part, { ...model, contextShare }, part.request);
      return sum + Math.log(probabilities[part.label]);
    }, 0),
  );
}

export function isRight({ label, target }: { label: Label; target: Label }): boolean {
  return label === target;
}

function steps(from: number, to: number, size: number): number[] {
  const count = Math.round((to - from) / size) + 1;
  return Array.from({ length: count }, (_, index) => Number((from + index * size).toFixed(4)));
}

function best(values: readonly number[], worth: (value: number) => number): number {
  const rated = values.map((value) => ({ value, worth: worth(value) }));
  return rated.reduce((top, other) => (other.worth > top.worth ? other : top)).value;
}
