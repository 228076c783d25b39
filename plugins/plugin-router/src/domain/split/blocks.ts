import { readOrders } from './references.ts';
import { isInsideToken, type Span, type Token } from './tokens.ts';

/** A line, or an item of a list. */
export interface Block extends Span {
  readonly isItem: boolean;
  /** The number of an item, from 1; 0 for a bullet and for what is no item. */
  readonly rank: number;
}

interface Marker extends Span {
  /** Which number or letter it is, from 1; 0 for a bullet. */
  readonly rank: number;
}

const BULLET =
  /[ \t]*(?:[-*•‣・–+]|\d\uFE0F?\u20E3|\p{Extended_Pictographic}\uFE0F?)[ \t]+(?:\[[ xX]?\][ \t]+)?/uy;
const NUMBER =
  /[ \t]*(?:(?:step|task|part|point|item|topic|question)[ \t]+)?[(]?(\d{1,2}|[a-z]|one|two|three|four|five)(?:[.)]|:)[ \t]+/iy;
const INLINE =
  /(?<![^\s,;:.])(?:(?:step|task|part|point|item|topic|question) )?[(]?(\d{1,2}|[a-h]|one|two|three|four|five)[.):] /gi;
const NUMBER_WORDS = ['one', 'two', 'three', 'four', 'five'];
const LETTER_A = 'a'.charCodeAt(0);

/**
 * Cuts a text into its lines, with the items of lists as blocks of their own, without their
 * numbers and bullets. A list inside a line ("1) ... 2) ...") counts too.
 */
export function readBlocks(text: string, tokens: readonly Token[]): Block[] {
  const lines = readLines(text, tokens);
  const marked = lines.map((line) => ({ line, marker: readMarker(text, line) }));
  if (marked.filter(({ marker }) => marker).length >= 2) return joinLines(text, marked);
  return lines.flatMap((line) => readInlineList(text, line, tokens));
}

// What is quoted belongs to the line before it.
function readLines(text: string, tokens: readonly Token[]): Span[] {
  const breaks = [...text.matchAll(/\n+(?![ \t]*>)/g)].filter(
    ({ index }) => !isInsideToken(tokens, index),
  );
  const starts = [0, ...breaks.map((match) => match.index + match[0].length)];
  return starts
    .map((start, index) => ({ start, end: breaks[index]?.index ?? text.length }))
    .filter(({ start, end }) => text.slice(start, end).trim() !== '');
}

function readMarker(text: string, line: Span): Marker | undefined {
  for (const pattern of [BULLET, NUMBER]) {
    pattern.lastIndex = line.start;
    const match = pattern.exec(text);
    if (match && pattern.lastIndex < line.end)
      return { start: line.start, end: pattern.lastIndex, rank: rankOf(match[1]) };
  }
  return undefined;
}

// A line right under an item belongs to it when it has no marker, or stands further to the right.
function joinLines(
  text: string,
  marked: readonly { line: Span; marker: Marker | undefined }[],
): Block[] {
  const blocks: Block[] = [];
  let listIndent = 0;
  for (const { line, marker } of marked) {
    const last = blocks.at(-1);
    const indent = indentOf(text, line);
    const isNested = last?.isItem === true && indent > listIndent;
    if (marker && !isNested) {
      listIndent = indent;
      blocks.push({ start: marker.end, end: line.end, isItem: true, rank: marker.rank });
    } else if (isNested || (last?.isItem && line.start - last.end < 2 && !opensAnew(text, line)))
      blocks[blocks.length - 1] = { ...last, end: line.end };
    else blocks.push({ ...line, isItem: false, rank: 0 });
  }
  return blocks;
}

function indentOf(text: string, { start, end }: Span): number {
  return text.slice(start, end).search(/\S/);
}

// "Do 2 after 1." and headings
function opensAnew(text: string, { start, end }: Span): boolean {
  const line = text.slice(start, end).trimEnd();
  return line.endsWith(':') || readOrders(line).length > 0;
}

function readInlineList(text: string, line: Span, tokens: readonly Token[]): Block[] {
  const markers = inOrder(
    [...text.slice(line.start, line.end).matchAll(INLINE)]
      .map((match) => ({
        start: line.start + match.index,
        end: line.start + match.index + match[0].length,
        rank: rankOf(match[1]),
      }))
      .filter(({ start, end }) => !isInsideToken(tokens, start) && !/\d/.test(text[end] ?? '')),
  );
  if (markers.length < 2) return [{ ...line, isItem: false, rank: 0 }];
  const items = markers.map(({ end }, index) => ({
    start: end,
    end: markers[index + 1]?.start ?? line.end,
    isItem: true,
    rank: index + 1,
  }));
  const before = {
    start: line.start,
    end: markers[0]?.start ?? line.start,
    isItem: false,
    rank: 0,
  };
  return before.start === before.end ? items : [before, ...items];
}

function inOrder(markers: readonly Marker[]): Marker[] {
  const found: Marker[] = [];
  for (const marker of markers) if (marker.rank === found.length + 1) found.push(marker);
  return found;
}

function rankOf(label: string | undefined): number {
  if (label === undefined) return 0;
  const word = NUMBER_WORDS.indexOf(label.toLowerCase());
  if (word >= 0) return word + 1;
  const number = Number(label);
  return Number.isNaN(number) ? label.toLowerCase().charCodeAt(0) - LETTER_A + 1 : number;
}
