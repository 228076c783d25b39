/** The figures of one named thing, as they were written. */
export interface NamedFigures {
  readonly name: string;
  readonly figures: Readonly<Record<string, string>>;
}

interface FoundValue {
  readonly value: string;
  /** Where in the text it stands. */
  readonly at: number;
}

interface FigurePatterns {
  readonly kind: string;
  readonly behind: RegExp;
  readonly before: RegExp;
}

// Bounded, so that a text of digits alone is read in a straight line.
const VALUE = String.raw`[+-]?[$€£]?\d(?:[\d.,]{0,18}\d)?(?:\s?(?:%|percent\b|per cent\b))?`;
const BETWEEN = String.raw`(?:\s(?:rate|score|of|is|was|at|only|about)){0,4}\s?[:=]?\s?`;
const ANY_VALUE = new RegExp(String.raw`(?<![\w.,])${VALUE}`, 'i');
const NAME = /^(?<name>[^:]{1,80}?)(?::|\s(?:has|had|with|is at|spent|cost|earned|brought)\s)/is;
const NOBODY = /^(?:we|i|you|they|it|this|that|he|she)?$/i;

/** Reads figures that stand before or behind the words for them. */
export class FigureReader {
  readonly #patterns: readonly FigurePatterns[];
  readonly #anyWord: RegExp;

  /** @param words for each kind of figure its words, as a regular expression */
  constructor(words: Readonly<Record<string, string>>) {
    this.#anyWord = new RegExp(String.raw`\b(?:${Object.values(words).join('|')})\b`, 'i');
    this.#patterns = Object.entries(words).map(([kind, word]) => ({
      kind,
      behind: new RegExp(String.raw`\b(?:${word})\b${BETWEEN}(?<value>${VALUE})`, 'id'),
      before: new RegExp(String.raw`(?<![\w.,])(?<value>${VALUE})\s(?:of\s)?(?:${word})\b`, 'id'),
    }));
  }

  /**
   * Reads `dark mode: adoption 70%, trend 0.2; export: 20% adoption`. Things are parted by
   * semicolons or lines; those without a name or a figure are left out.
   */
  readNamed(text: string): NamedFigures[] {
    return text.split(/;|\n/).flatMap((part) => {
      // What was said before is no part of the name: "It is slow. Search: adoption 40%".
      const sentence = part.split(/[.!?]\s/).findLast((one) => NAME.test(one.trim())) ?? '';
      const said = NAME.exec(sentence.trim())?.groups?.['name'] ?? '';
      const name = withoutArticle(said.trim());
      const figures = this.read(sentence.trim().slice(said.length));
      const isNamed = !NOBODY.test(name) && Object.keys(figures).length > 0;
      return isNamed ? [{ name, figures }] : [];
    });
  }

  /** The figures of a text by their kinds. No value is the figure of two words. */
  read(text: string): Record<string, string> {
    const figures: Record<string, string> = {};
    const taken = new Set<number>();
    const sides = this.#valuesStandBehind(text)
      ? (['behind', 'before'] as const)
      : (['before', 'behind'] as const);
    for (const side of sides)
      for (const patterns of this.#patterns) {
        const found = find(text, patterns[side]);
        if (!found || patterns.kind in figures || taken.has(found.at)) continue;
        figures[patterns.kind] = found.value;
        taken.add(found.at);
      }
    return figures;
  }

  // "70% adoption 0.2 trend" and "adoption 70% trend 0.2" are told apart by what comes first.
  #valuesStandBehind(text: string): boolean {
    const firstWord = text.search(this.#anyWord);
    const firstValue = text.search(ANY_VALUE);
    return firstWord !== -1 && (firstValue === -1 || firstWord < firstValue);
  }
}

function find(text: string, pattern: RegExp): FoundValue | undefined {
  const match = pattern.exec(text);
  const value = match?.groups?.['value'];
  const at = match?.indices?.groups?.['value']?.[0];
  return value === undefined || at === undefined ? undefined : { value, at };
}

function withoutArticle(name: string): string {
  return name.replace(/^(?:and |our |the |for )+/i, '');
}
