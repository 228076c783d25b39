const ONES =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

/** A pattern for a number in digits or words. */
export const NUMBER = String.raw`(?:\d+(?:[.,]\d{1,9})?(?:/\d{1,3})?|(?:a\s+|one\s+)?half|(?:a\s+|one\s+)?quarter|three\s+quarters|(?:${[...TENS].join('|')})(?:[-\s](?:${ONES.slice(1, 10).join('|')}))?|(?:${ONES.slice(1).toReversed().join('|')})(?:\s+and\s+a\s+half)?|a\s+hundred|a\s+dozen|a\s+couple\s+of|an?|single)`;

const FIXED: Readonly<Record<string, string>> = {
  half: '0.5',
  quarter: '0.25',
  'three quarters': '0.75',
  'a hundred': '100',
  'a dozen': '12',
  'a couple of': '2',
  a: '1',
  an: '1',
  single: '1',
};

/** The decimal text of a number: `half` is 0.5, `two` 2, `1/4` 0.25; undefined for what is none. */
export function readNumber(text: string): string | undefined {
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/[-\s]+/g, ' ');
  const fixed = FIXED[plain] ?? FIXED[plain.replace(/^(?:a|one) /, '')];
  if (fixed !== undefined) return fixed;
  const fraction = /^(\d+)\/(\d+)$/.exec(plain);
  if (fraction) return divide(Number(fraction[1]), Number(fraction[2]));
  // A comma parts decimals in some countries and thousands in others.
  if (/^\d+(?:\.\d+)?$/.test(plain)) return plain;
  if (/^\d{1,3},\d{3}$/.test(plain)) return plain.replace(',', '');
  const [word = '', ...rest] = plain.split(' ');
  const hasHalf = rest.join(' ') === 'and a half';
  const tens = (TENS.indexOf(word) + 2) * 10;
  if (TENS.includes(word)) return String(tens + Math.max(0, ONES.indexOf(rest[0] ?? 'zero')));
  return ONES.includes(word) ? `${String(ONES.indexOf(word))}${hasHalf ? '.5' : ''}` : undefined;
}

function divide(dividend: number, divisor: number): string | undefined {
  const quotient = (dividend * 1000) / divisor;
  return Number.isInteger(quotient) ? String(quotient / 1000) : undefined;
}
