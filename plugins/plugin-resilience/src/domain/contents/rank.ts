/** How common a word is among the contents of a node. */
export interface WordCount {
  readonly word: string;
  readonly contents: number;
}

/**
 * What each word of a question weighs: the rarer it is, the more (inverse document frequency, Spärck
 * Jones, 1972). A word that nothing has weighs most, so that what has only the common ones ranks low.
 */
export function weighWords(counts: readonly WordCount[], contents: number): Map<string, number> {
  return new Map(
    counts.map(({ word, contents: having }) => [word, Math.log(1 + (contents + 1) / (having + 1))]),
  );
}

/** How much of a question's weight a content has, from 0 to 1. */
export function scoreOf(found: readonly string[], weights: ReadonlyMap<string, number>): number {
  const sum = (words: Iterable<string>): number =>
    [...words].reduce((total, word) => total + (weights.get(word) ?? 0), 0);
  const all = sum(weights.keys());
  return all === 0 ? 0 : sum(found) / all;
}
