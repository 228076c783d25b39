const sentences = new Intl.Segmenter('und', { granularity: 'sentence' });
// One bit of a number each.
const MOST_WORDS = 30;

/**
 * The part of a text that has most of the given words, at whole sentences where they are short enough.
 * @param words as `wordsOf` makes them
 * @param most characters, beside the dots for what was left out
 */
export function passageOf(text: string, words: readonly string[], most: number): string {
  const parts = [...sentences.segment(text)].map(({ segment }) => segment);
  const hits = parts.map((part) => hitsIn(part, words));
  let best = { first: 0, end: endFrom(parts, 0, most), found: 0 };
  for (const [first, own] of hits.entries()) {
    if (own === 0) continue;
    const end = endFrom(parts, first, most);
    const found = bitsOf(hits.slice(first, end).reduce((all, one) => all | one, 0));
    if (found > best.found) best = { first, end, found };
  }
  const { first, end } = best;
  const whole = parts.slice(first, end).join('').trim();
  const shown = whole.length > most ? whole.slice(0, most).toWellFormed() : whole;
  const isCut = shown.length < whole.length || end < parts.length;
  return `${first > 0 ? '... ' : ''}${shown}${isCut ? ' ...' : ''}`;
}

function hitsIn(part: string, words: readonly string[]): number {
  const said = part.normalize('NFKC').toLowerCase();
  return words
    .slice(0, MOST_WORDS)
    .reduce((bits, word, index) => (said.includes(word) ? bits | (1 << index) : bits), 0);
}

function endFrom(parts: readonly string[], first: number, most: number): number {
  let end = first + 1;
  let length = parts[first]?.length ?? 0;
  while (end < parts.length && length + (parts[end]?.length ?? 0) <= most) {
    length += parts[end]?.length ?? 0;
    end += 1;
  }
  return end;
}

function bitsOf(bits: number): number {
  return bits.toString(2).replaceAll('0', '').length;
}
