/** A message that is taken apart: what has been understood is taken out, and the rest can be named. */
export class Words {
  #rest: string;

  constructor(text: string) {
    this.#rest = text.replaceAll('’', "'").replace(/\s+/g, ' ').trim();
  }

  /** What has not been taken out. */
  get rest(): string {
    return this.#rest;
  }

  /** Takes the first match out, and returns its named groups. */
  take(pattern: RegExp): Readonly<Record<string, string | undefined>> | undefined {
    const match = pattern.exec(this.#rest);
    if (!match) return undefined;
    this.#rest = `${this.#rest.slice(0, match.index)} ; ${this.#rest.slice(match.index + match[0].length)}`;
    return match.groups ?? {};
  }

  /** Takes all matches out. */
  takeAll(pattern: RegExp): Readonly<Record<string, string | undefined>>[] {
    const found: Readonly<Record<string, string | undefined>>[] = [];
    for (let groups = this.take(pattern); groups; groups = this.take(pattern)) found.push(groups);
    return found;
  }

  /** Pieces of what is left, without the words that mean nothing here. */
  left(fillers: ReadonlySet<string>): string[] {
    return this.#rest
      .split(/[;,]|\.(?=\s|$)/)
      .map((piece) => trimFillers(piece.trim().split(/\s+/), fillers).join(' '))
      .filter((piece) => /[\p{L}\p{N}]/u.test(piece));
  }
}

function trimFillers(words: readonly string[], fillers: ReadonlySet<string>): string[] {
  const isFiller = (word: string): boolean =>
    fillers.has(word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''));
  const first = words.findIndex((word) => !isFiller(word));
  const last = words.findLastIndex((word) => !isFiller(word));
  return first < 0 ? [] : words.slice(first, last + 1);
}
