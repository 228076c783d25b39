const MOST_WORDS = 2_000;
const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

/**
 * The different words of a text, in any script, as they are compared: normalised (NFKC), in lower
 * case, those first that are said most often; 2,000 at most.
 */
export function wordsOf(text: string): string[] {
  const counts = new Map<string, number>();
  for (const { segment, isWordLike } of segmenter.segment(text.normalize('NFKC').toLowerCase())) {
    const word = segment.replaceAll('\u0000', '').toWellFormed();
    if (isWordLike === true && word.length <= 60) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, left], [, right]) => right - left)
    .slice(0, MOST_WORDS)
    .map(([word]) => word);
}
