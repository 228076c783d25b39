/** How some messages sound by a list of words: transparent and crude, no language model. */
export interface WordListSentiment {
  /** -1 (all negative) to 1 (all positive), in hundredths; 0 when no word is on the list. */
  readonly scoreHundredths: number;
  readonly positive: number;
  readonly neutral: number;
  readonly negative: number;
  /** Negative words by how often they were said, most first. */
  readonly complaints: readonly string[];
}

const POSITIVE = new Set(
  'amazing appreciate awesome best clear delighted easy enjoy excellent fantastic fast fixed friendly glad good great happy helpful improved impressive like liked love loved nice perfect pleased recommend reliable smooth solved super thank thanks useful welcoming wonderful works'.split(
    ' ',
  ),
);
const NEGATIVE = new Set(
  'abandoned angry annoyed annoying awful bad boring broken bug buggy cancel confused confusing crash crashes crashed dead disappointed disappointing down error errors expensive fail failed fails frustrated frustrating hate hated horrible ignored insult issue lost missing nobody problem problems quit quitting refund rude scam slow spam spammy terrible toxic ugly unanswered unfair unhappy unusable upset useless waste worse worst wrong'.split(
    ' ',
  ),
);
const NEGATION = new Set(
  "not no never isn't wasn't aren't don't doesn't didn't can't cannot won't hardly without".split(
    ' ',
  ),
);
const MOST_COMPLAINTS = 5;

/** Scores messages: each counts as positive, neutral or negative by the words that it has. */
export function scoreByWordList(messages: readonly string[]): WordListSentiment {
  const counts = { positive: 0, neutral: 0, negative: 0 };
  const complaints = new Map<string, number>();
  for (const message of messages) {
    const { sum, negativeWords } = scoreOf(message);
    counts[sum > 0 ? 'positive' : sum < 0 ? 'negative' : 'neutral'] += 1;
    for (const word of negativeWords) complaints.set(word, (complaints.get(word) ?? 0) + 1);
  }
  const judged = counts.positive + counts.negative;
  const scoreHundredths =
    judged === 0 ? 0 : Math.round(((counts.positive - counts.negative) * 100) / judged);
  return { scoreHundredths, ...counts, complaints: mostSaid(complaints) };
}

function scoreOf(message: string): { sum: number; negativeWords: string[] } {
  const words =
    message
      .toLowerCase()
      .replaceAll('’', "'")
      .match(/[\p{L}']+/gu) ?? [];
  const negativeWords: string[] = [];
  let sum = 0;
  for (const [index, word] of words.entries()) {
    const value = POSITIVE.has(word) ? 1 : NEGATIVE.has(word) ? -1 : 0;
    // "not good" and "not very good" are no praise.
    const isNegated = words.slice(Math.max(0, index - 2), index).some((near) => NEGATION.has(near));
    sum += isNegated ? -value : value;
    if (value < 0 && !isNegated) negativeWords.push(word);
    if (value > 0 && isNegated) negativeWords.push(`not ${word}`);
  }
  return { sum, negativeWords };
}

function mostSaid(counts: ReadonlyMap<string, number>): string[] {
  return [...counts]
    .sort(([leftWord, left], [rightWord, right]) => right - left || (leftWord < rightWord ? -1 : 1))
    .slice(0, MOST_COMPLAINTS)
    .map(([word, count]) => (count > 1 ? `${word} (${String(count)} times)` : word));
}
