/** A stretch of a text, by the indexes of its first character and of the one after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Token extends Span {
  /** In lower case; a quotation, a piece of code or an address is one word. */
  readonly text: string;
  readonly isWord: boolean;
}

const CLOSING: Readonly<Record<string, readonly string[]>> = {
  '"': ['"'],
  '“': ['”'],
  '„': ['“', '”'],
  '«': ['»'],
  '»': ['«'],
  '「': ['」'],
  '『': ['』'],
  '`': ['`'],
  '(': [')'],
  '[': [']'],
  '{': ['}'],
};
const FENCES = ['```', '~~~'];
// A single mark is an apostrophe, too: it opens after a space and closes before one.
const SINGLE_QUOTED = /['‘](?=\S)[^\n]{0,600}?[^\s'’]['’](?![\p{L}\p{N}])/uy;
const QUOTED_LINES = /(?:[ \t]*>[^\n]*(?:\n|$))+/y;
// A quotation mark that was forgotten must not swallow the rest of a long message.
const LONGEST_QUOTATION = 600;
const ADDRESS = /(?:https?:\/\/|www\.|[\w.+-]{1,64}@)[^\s"'<>)\]]{1,2000}/y;
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}'’_/&+#%€$-]{0,200}/uy;

/** The words and marks of a text; no token begins or ends inside a quotation, code or address. */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let index = 0;
  while (index < text.length) {
    const end = opaqueEnd(text, index) ?? matchEnd(ADDRESS, text, index);
    const wordEnd = end ?? matchEnd(WORD, text, index);
    const next = wordEnd ?? index + 1;
    if (wordEnd !== undefined || !/\s/.test(text[index] ?? ''))
      tokens.push({
        text: normalise(text.slice(index, next)),
        isWord: wordEnd !== undefined,
        start: index,
        end: next,
      });
    index = next;
  }
  return tokens;
}

/** The tokens inside a stretch of the text. */
export function tokensWithin(tokens: readonly Token[], { start, end }: Span): Token[] {
  const from = firstEndingAfter(tokens, start);
  const to = firstEndingAfter(tokens, end);
  return tokens.slice((tokens[from]?.start ?? 0) < start ? from + 1 : from, to);
}

/** Whether a character stands inside a token, and is not its first one. */
export function isInsideToken(tokens: readonly Token[], index: number): boolean {
  const token = tokens[firstEndingAfter(tokens, index)];
  return token !== undefined && token.start < index;
}

/** By halving: a message can have thousands of lines, and of words. */
function firstEndingAfter(tokens: readonly Token[], index: number): number {
  let [low, high] = [0, tokens.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle]?.end ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  return low;
}

function normalise(text: string): string {
  return text.toLowerCase().replaceAll('’', "'");
}

function opaqueEnd(text: string, start: number): number | undefined {
  const fence = FENCES.find((mark) => text.startsWith(mark, start));
  if (fence !== undefined) {
    const end = text.indexOf(fence, start + fence.length);
    return end === -1 ? text.length : end + fence.length;
  }
  const before = text[start - 1] ?? '\n';
  if (text[start] === '>' && before === '\n') return matchEnd(QUOTED_LINES, text, start);
  if (/['‘]/.test(text[start] ?? '') && /[\s(]/.test(before))
    return matchEnd(SINGLE_QUOTED, text, start);
  const closing = CLOSING[text[start] ?? ''];
  if (closing === undefined) return undefined;
  const window = text.slice(start + 1, start + LONGEST_QUOTATION);
  const ends = closing.map((mark) => window.indexOf(mark)).filter((end) => end >= 0);
  return ends.length === 0 ? undefined : start + Math.min(...ends) + 2;
}

function matchEnd(pattern: RegExp, text: string, start: number): number | undefined {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
