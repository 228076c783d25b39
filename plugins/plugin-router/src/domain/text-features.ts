/** How many buckets the words and letters of a text are counted in. */
export const BUCKETS = 32_768;

/** Numbers of which most are zero: `values[i]` stands in bucket `buckets[i]`. */
export interface SparseVector {
  readonly buckets: Uint16Array;
  readonly values: Float32Array;
}

const LONGEST_CHARACTERS = 2_000;
const LETTER_GROUPS = [3, 4, 5];

/**
 * The buckets of a text with their counts: its words, pairs of words, first words, and groups of
 * three to five letters, which stand for word stems and survive typing errors.
 */
export function countFeatures(text: string): Map<number, number> {
  const counts = new Map<number, number>();
  for (const feature of featuresOf(text)) {
    const bucket = hash(feature) % BUCKETS;
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return counts;
}

/**
 * A text as a vector of length 1 in which rare features weigh more. `documentCounts` says in how
 * many of `documents` training texts each bucket was used.
 */
export function weighFeatures(
  text: string,
  { documentCounts, documents }: { documentCounts: Uint8Array; documents: number },
): SparseVector {
  const counts = countFeatures(text);
  const buckets = Uint16Array.from(counts.keys());
  const values = Float32Array.from(counts, ([bucket, count]) => {
    const rarity = 1 + Math.log((1 + documents) / (1 + (documentCounts[bucket] ?? 0)));
    return (1 + Math.log(count)) * rarity;
  });
  const length = Math.hypot(...values) || 1;
  return { buckets, values: values.map((value) => value / length) };
}

/** The words of a text in lower case, without accents. */
export function wordsOf(text: string): string[] {
  const plain = text
    .slice(0, LONGEST_CHARACTERS)
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '');
  return plain.match(/[\p{L}\p{N}']+/gu) ?? [];
}

function* featuresOf(text: string): Generator<string> {
  const words = wordsOf(text);
  for (const [index, word] of words.entries()) {
    yield `word ${word}`;
    if (index > 0) yield `pair ${words[index - 1] ?? ''} ${word}`;
  }
  yield `start ${words[0] ?? ''}`;
  yield `start ${words.slice(0, 2).join(' ')}`;
  const line = ` ${words.join(' ')} `;
  for (const size of LETTER_GROUPS)
    for (let end = size; end <= line.length; end += 1)
      yield `letters ${line.slice(end - size, end)}`;
}

// FNV-1a, 32 bits: the same on every machine, so that a trained model fits every machine.
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  return state >>> 0;
}
