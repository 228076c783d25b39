/** What a request is like: one of an agent's examples, or what it says it can do. */
export interface Example {
  readonly text: string;
  /** Its meaning, of unit length. */
  readonly vector: readonly number[];
}

export interface Likeness {
  /** Mean cosine similarity to the nearest examples, -1 to 1. */
  readonly score: number;
  /** The example that is most alike; empty without one. */
  readonly nearest: string;
}

const NEAREST = 3;

/** How alike a request and an agent's examples are; one stray example does not outweigh three. */
export function likenessOf(request: readonly number[], examples: readonly Example[]): Likeness {
  const similarities = examples
    .map(({ text, vector }) => ({ text, score: dotProduct(request, vector) }))
    .sort((left, right) => right.score - left.score);
  const nearest = similarities.slice(0, NEAREST);
  const total = nearest.reduce((sum, { score }) => sum + score, 0);
  return {
    score: nearest.length === 0 ? -1 : total / nearest.length,
    nearest: nearest[0]?.text ?? '',
  };
}

/** The same direction with length 1; a vector of zeros stays as it is. */
export function normaliseVector(vector: readonly number[]): number[] {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? [...vector] : vector.map((value) => value / length);
}

function dotProduct(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}
