import { createHash } from 'node:crypto';
import { normaliseVector } from '../../plugins/plugin-router/src/domain/likeness.ts';

// Two requests whose vectors are closer than this say the same in other words (found by reading
// pairs around it).
const NEAR_DUPLICATE = 0.87;

/**
 * Decides which examples are kept from training, as many as `share` says: by the hash of their
 * text, and those that are nearly the same always together.
 */
export function chooseHeldOut(
  examples: readonly { readonly text: string; readonly vector: readonly number[] }[],
  share: number,
): boolean[] {
  const groups = groupNearDuplicates(examples.map(({ vector }) => vector));
  return examples.map((_, index) => {
    const leader = examples[groups[index] ?? index];
    return fractionOf(leader?.text ?? '') < share;
  });
}

/** For each vector the index of the first one that it belongs together with. */
function groupNearDuplicates(vectors: readonly (readonly number[])[]): number[] {
  const units = vectors.map((vector) => Float32Array.from(normaliseVector(vector)));
  const leaders = units.map((_, index) => index);
  const leaderOf = (index: number): number => {
    const above = leaders[index] ?? index;
    return above === index ? index : leaderOf(above);
  };
  for (const [index, unit] of units.entries())
    for (const [other, earlier] of units.slice(0, index).entries()) {
      if (cosine(unit, earlier) < NEAR_DUPLICATE) continue;
      const [low, high] = [leaderOf(index), leaderOf(other)].sort((a, b) => a - b);
      if (low !== undefined && high !== undefined) leaders[high] = low;
    }
  return leaders.map((_, index) => leaderOf(index));
}

function cosine(left: Float32Array, right: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index += 1)
    sum += (left[index] ?? 0) * (right[index] ?? 0);
  return sum;
}

function fractionOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}
