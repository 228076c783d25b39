// A cut that leaves less than this much of a message behind it is looked for elsewhere.
const LEAST_SHARE = 0.4;
const LONGEST_OPENING = 40;
const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
const LONGEST_GRAPHEME = 64;

// What a cut would break: code, links and bold text, each within one paragraph.
const SPANS =
  /(?<!`)(`+)(?!`)[^\n]*?[^`\n]\1(?!`)|\[[^\][\n]{1,300}\]\([^()\s]{1,1000}\)|\*\*[^*\n]+\*\*|<?https?:\/\/\S+|\\[^\w\s]/g;

/**
 * Cuts Markdown into messages of at most `limit` UTF-16 units: between paragraphs where that can be,
 * else between lines, sentences or words; never within a character, an escape, a link or code of one
 * line. A code block that does not fit into one message is closed, and opened again in the next.
 */
export function splitMessage(text: string, limit: number): string[] {
  const pieces: string[] = [];
  let rest = text.trimEnd();
  let opening = '';
  while (rest.trim() !== '') {
    const head = opening === '' ? '' : `${opening}\n`;
    if (head.length + rest.length <= limit) {
      pieces.push(head + rest);
      break;
    }
    const closing = `\n${markerOf(opening) || '```'}`;
    const cut = findCut(rest, limit - head.length - closing.length, opening);
    const piece = head + rest.slice(0, cut).trimEnd();
    opening = openFence(piece);
    pieces.push(opening === '' ? piece : `${piece}\n${markerOf(opening)}`);
    rest = rest.slice(cut).replace(opening === '' ? /^(?:[ \t]*\n)+/ : /^\n/, '');
  }
  return pieces.filter((piece) => piece.trim() !== '');
}

function findCut(rest: string, most: number, opening: string): number {
  const window = rest.slice(0, most);
  const least = Math.floor(most * LEAST_SHARE);
  for (const end of ENDS) {
    const cut = end(window, opening !== '' || openFence(window) !== '');
    if (cut !== undefined && cut >= least) return outOfSpan(rest, beforeBlock(rest, cut, opening));
  }
  return outOfSpan(rest, wholeCharacters(rest, most));
}

// From the best place to the worst.
const ENDS: readonly ((window: string, isCode: boolean) => number | undefined)[] = [
  (window, isCode) => (isCode ? undefined : lastEnd(window, /\n[ \t]*\n/g)),
  (window) => lastEnd(window, /\n/g),
  (window, isCode) => (isCode ? undefined : lastEnd(window, /[.!?…]["')\]]? /g)),
  (window) => lastEnd(window, / /g),
];

function lastEnd(window: string, pattern: RegExp): number | undefined {
  let end: number | undefined;
  for (const match of window.matchAll(pattern)) end = match.index + match[0].length;
  return end;
}

// A block that begins in this message, and fits into one, goes into the next as a whole.
function beforeBlock(rest: string, cut: number, opening: string): number {
  if (opening !== '' || openFence(rest.slice(0, cut)) === '') return cut;
  const start = lastFenceStart(rest.slice(0, cut));
  const end = rest.indexOf(`\n${markerOf(openFence(rest.slice(0, cut)))}`, cut - 1);
  return start > 0 && end >= 0 && end - start < cut ? start : cut;
}

function outOfSpan(rest: string, cut: number): number {
  const from = Math.max(0, rest.lastIndexOf('\n', cut - 1) + 1);
  const line = rest.slice(from, cut + 1_500);
  for (const { index, 0: span } of line.matchAll(SPANS)) {
    const [start, end] = [from + index, from + index + span.length];
    if (start < cut && cut < end) return start > 0 ? start : cut;
  }
  return cut;
}

// Not within an emoji of several parts, an accent, or half of a surrogate pair.
function wholeCharacters(rest: string, most: number): number {
  const from = Math.max(0, most - LONGEST_GRAPHEME);
  const { index = most } =
    GRAPHEMES.segment(rest.slice(from, most + LONGEST_GRAPHEME)).containing(most - from) ?? {};
  const cut = from + index;
  if (cut > from) return cut;
  return /[\uD800-\uDBFF]/.test(rest.charAt(most - 1)) ? most - 1 : most;
}

/** The line that opens the code block which a text ends in, `` ```ts ``; empty when it ends in none. */
function openFence(text: string): string {
  let open = '';
  for (const line of text.split('\n')) {
    const [, marker = '', info = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (marker === '') continue;
    if (open === '') open = info.includes('`') ? '' : openingOf(marker, info);
    else if (info.trim() === '' && marker.startsWith(markerOf(open))) open = '';
  }
  return open;
}

function openingOf(marker: string, info: string): string {
  const bounded = marker.slice(0, LONGEST_OPENING);
  return info.length > LONGEST_OPENING ? bounded : `${bounded}${info.trimEnd()}`;
}

function markerOf(opening: string): string {
  return /^(`{3,}|~{3,})/.exec(opening)?.[0] ?? '';
}

function lastFenceStart(text: string): number {
  return Math.max(text.lastIndexOf('\n```'), text.lastIndexOf('\n~~~')) + 1;
}
