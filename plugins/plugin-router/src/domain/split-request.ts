import { readBlocks, type Block } from './split/blocks.ts';
import { readClauses, readForeignSentences, type Clause, type Joint } from './split/clauses.ts';
import { relateParts, type Dependency, type Place } from './split/dependencies.ts';
import {
  isCourtesy,
  isLeadIn,
  isOpenQuestion,
  isReport,
  readJoining,
  refersBack,
} from './split/grammar.ts';
import { isForeign } from './split/language.ts';
import { readOrders, readReferences, type Order } from './split/references.ts';
import { GREETINGS, LEAD_IN_WORDS, SUBORDINATORS } from './split/request-words.ts';
import { placeStatements, type Asking } from './split/statements.ts';
import { tokenise, tokensWithin, type Span, type Token } from './split/tokens.ts';

/** More parts than this stay together in the last one, which says so. */
export const MOST_PARTS = 40;
// What follows belongs to the last part.
const LONGEST_CHARACTERS = 20_000;

/** A part of a request, in the person's own words. */
export interface RequestPart extends Span, Dependency {
  /** `request.slice(start, end)`; never blank. */
  readonly text: string;
  /** What the person said elsewhere in the request that the part needs to be understood, or ''. */
  readonly context: string;
  /** The words of the condition that it stands under, when `relation` is `conditional`. */
  readonly condition?: string | undefined;
}

/** A clause that may be a part, or belong to the one before it. */
export interface Piece extends Span, Place {
  readonly text: string;
  /** How sure it is that it does not belong to the piece before it. */
  readonly joint: Joint;
  /** How it speaks of what the piece before was about: to tell somebody, or to do more to it. */
  readonly lean: 'reports' | 'refers' | undefined;
  /** Asks what to do after everything before it. */
  readonly isOpenQuestion: boolean;
  readonly lead: Span | undefined;
  readonly isItem: boolean;
}

/** A request cut as finely as it may be. */
export interface Draft {
  readonly request: string;
  /** Never empty when the request is not blank. */
  readonly pieces: readonly Piece[];
  /** Where a request of one part begins: a lead-in belongs to it. */
  readonly start: number;
  /** What lines of their own say about the order of a list. */
  readonly orders: readonly Order[];
  /** Whether some of it is in a language whose clauses cannot be told apart. */
  readonly isForeign: boolean;
}

/**
 * How probable it is that two neighbouring pieces are for the same department, 0 to 1. Takes the
 * indexes of the pieces.
 */
export type Sameness = (left: number, right: number) => number;

// Chosen on the requests of training/, see its README.
const OTHER_WORK = {
  stands: { likely: 1, probable: 0.65, doubtful: 0.4, unlikely: 0.15 },
  reports: { likely: 0.7, probable: 0.65, doubtful: 0.15, unlikely: 0.15 },
  refers: { likely: 0.7, probable: 0.15, doubtful: 0.15, unlikely: 0.15 },
};

interface BlockReading {
  readonly start: number;
  readonly clauses: readonly Clause[];
  readonly isForeign: boolean;
}

/** Cuts a request into the pieces that could be parts, without deciding what is doubtful. */
export function draftParts(request: string): Draft {
  const text = request.slice(0, LONGEST_CHARACTERS);
  const tokens = tokenise(text);
  const blocks = readBlocks(text, tokens);
  const orders = blocks.flatMap((block) => ordersOf(text, block));
  const read = blocks
    .filter((block) => ordersOf(text, block).length === 0)
    .map((block) => readBlock(tokens, block));
  const clauses = read.flatMap((block) => block.clauses).filter((clause) => !isIdle(clause));
  const pieces = toPieces(text, placeStatements(clauses));
  const more = { request, orders, isForeign: read.some((block) => block.isForeign) };
  if (pieces.length > 0 || request.trim() === '') {
    const lead = clauses[0]?.start ?? text.length;
    const start = Math.min(lead, read[0]?.start ?? 0, pieces[0]?.start ?? 0);
    return { ...more, pieces, start };
  }
  const whole = trimSpan(text, { start: 0, end: text.length });
  return { ...more, pieces: [wholePiece(text, whole)], start: whole.start };
}

/** Decides what is doubtful, by the meaning of the pieces when it is given, and joins the rest. */
export function settleParts(draft: Draft, sameness: Sameness = () => 1): RequestPart[] {
  const groups: Piece[][] = [];
  let isFull = false;
  for (const [index, piece] of draft.pieces.entries()) {
    const isNew =
      index === 0 || isOtherWork(piece, groups.length, () => sameness(index - 1, index));
    isFull ||= isNew && groups.length === MOST_PARTS;
    if (isNew && !isFull) groups.push([piece]);
    else groups.at(-1)?.push(piece);
  }
  return describe(draft, groups, isFull);
}

/** For each piece that could have been decided otherwise, how far it was from that, 0 to 1. */
export function marginsOf({ pieces }: Draft, sameness: Sameness): number[] {
  return pieces.flatMap((piece, index) => {
    const threshold = thresholdOf(piece);
    const isOpen = index > 0 && !piece.isOpenQuestion && threshold !== undefined;
    return isOpen ? [Math.abs(sameness(index - 1, index) - threshold)] : [];
  });
}

/** A part of which only the place in the request is known, in full. */
export function partAt(
  request: string,
  { start, end, context, ...dependency }: Span & Dependency & { readonly context: string },
): RequestPart {
  const span = trimSpan(request, { start, end });
  const text = request.slice(span.start, span.end);
  const condition = dependency.relation === 'conditional' ? { condition: text } : {};
  return { ...span, ...dependency, ...condition, text, context };
}

/** The parts of a request by its words alone. */
export function splitRequest(request: string): RequestPart[] {
  return settleParts(draftParts(request));
}

function isOtherWork(piece: Piece, partsBefore: number, sameness: () => number): boolean {
  // "What should we do?" concludes several parts, and belongs to a single one.
  if (piece.isOpenQuestion) return partsBefore > 1;
  const threshold = thresholdOf(piece);
  return threshold === undefined || sameness() < threshold;
}

/** How alike a piece may be to the one before it and be work of its own; undefined: it always is. */
function thresholdOf({ joint, lean }: Piece): number | undefined {
  if (joint === 'certain' || (joint === 'likely' && !lean)) return undefined;
  return OTHER_WORK[lean ?? 'stands'][joint];
}

function describe(draft: Draft, groups: readonly Piece[][], isFull: boolean): RequestPart[] {
  const firsts = groups.flatMap((group) => group.slice(0, 1));
  const places = firsts.map((first, index) => placeOf(first, groups[index] ?? []));
  const related = relateParts(places, draft.orders);
  const spans = groups.map((group, index) =>
    spanOf(draft, group, { isFirst: index === 0, isLast: index === groups.length - 1 }),
  );
  return firsts.map((first, index) => {
    const span = spans[index] ?? first;
    const text = draft.request.slice(span.start, span.end);
    const dependency = related[index] ?? { relation: 'parallel', dependsOn: [] };
    const isLast = index === firsts.length - 1;
    return {
      ...span,
      ...dependency,
      ...(isFull && isLast ? { note: TOO_MANY } : {}),
      ...(dependency.relation === 'conditional' ? { condition: first.phrase || text } : {}),
      text,
      context: contextOf(draft, first, span, spans[index - 1]),
    };
  });
}

const TOO_MANY = `a request has at most ${MOST_PARTS} parts, so all the rest is in this one`;

function placeOf(first: Piece, group: readonly Piece[]): Place {
  const isConcluding = first.isOpenQuestion && first.relation === 'parallel';
  return {
    ...first,
    ...(isConcluding ? { relation: 'sequential', phrase: 'all' } : {}),
    needs: group.flatMap(({ needs }) => needs),
  };
}

function contextOf(
  { request }: Draft,
  { lead, lean }: Piece,
  span: Span,
  before: Span | undefined,
): string {
  const isInside = lead && lead.start >= span.start;
  const spans = [...(lead && !isInside ? [lead] : []), ...(lean && before ? [before] : [])];
  return spans.map(({ start, end }) => request.slice(start, end)).join('\n');
}

function spanOf(
  { request, start }: Draft,
  group: readonly Piece[],
  { isFirst, isLast }: { isFirst: boolean; isLast: boolean },
): Span {
  const isWhole = isFirst && isLast;
  const isCutOff = isLast && request.length > LONGEST_CHARACTERS;
  return trimSpan(request, {
    start: isWhole ? start : (group[0]?.start ?? 0),
    end: isCutOff ? request.length : (group.at(-1)?.end ?? 0),
  });
}

function ordersOf(text: string, { start, end }: Span): Order[] {
  return readOrders(text.slice(start, end));
}

function readBlock(tokens: readonly Token[], block: Block): BlockReading {
  const { isItem, rank } = block;
  const inside = tokensWithin(tokens, block);
  const greeted = isItem ? inside : dropGreeting(inside);
  const own = isItem ? inside : dropLeadIn(greeted);
  const foreign = isForeign(own);
  const clauses = foreign && !isItem ? readForeignSentences(own) : readClauses(own);
  const [first, ...rest] = clauses;
  const start = greeted[0]?.start ?? block.start;
  const heading = isItem ? [] : readHeading(greeted.slice(0, greeted.length - own.length));
  if (!first) return { start, clauses: heading, isForeign: foreign };
  if (isItem) {
    const end = clauses.at(-1)?.end ?? first.end;
    const item = { ...first, end, tokens: own, joint: 'certain', isStatement: false } as const;
    return { start, clauses: [{ ...item, startsLine: true, rank, isItem }], isForeign: foreign };
  }
  const opening = { ...first, joint: foreign ? first.joint : 'likely', startsLine: true } as const;
  return {
    start,
    clauses: [...heading, opening, ...rest],
    isForeign: foreign,
  };
}

/** "Hi team," and "Good morning!" */
function dropGreeting(tokens: readonly Token[]): readonly Token[] {
  const start = tokens[0]?.text === 'good' ? 1 : 0;
  if (!GREETINGS.has(tokens[start]?.text ?? '')) return tokens;
  const mark = tokens.findIndex(({ isWord }) => !isWord);
  if (mark > 0 && mark <= start + 4) return tokens.slice(mark + 1);
  const isAddressed = /^(all|team|there|everyone|folks|guys|again)$/.test(
    tokens[start + 1]?.text ?? '',
  );
  return tokens.slice(start + (isAddressed ? 2 : 1));
}

/** "Two things for today:", "When you have time:" */
function dropLeadIn(tokens: readonly Token[]): readonly Token[] {
  const colon = tokens.findIndex(({ text }) => text === ':');
  if (colon < 0 || colon > 14) return tokens;
  const isOpening =
    SUBORDINATORS.has(tokens[0]?.text ?? '') ||
    tokens.slice(0, colon).some(({ text }) => LEAD_IN_WORDS.has(text));
  return isOpening || colon === tokens.length - 1 ? tokens.slice(colon + 1) : tokens;
}

// "Regarding the fair:" introduces what follows, "two things:" says nothing about it.
function readHeading(tokens: readonly Token[]): Clause[] {
  const end = tokens.findLast(({ isWord }) => isWord)?.end;
  if (end === undefined) return [];
  const heading = { tokens, start: tokens[0]?.start ?? 0, end, joint: 'likely' } as const;
  const place = { relation: 'parallel', phrase: '', startsLine: true } as const;
  const kind = { isSameSentence: false, hasJoiner: false, isStatement: true, isHeading: true };
  return [{ ...heading, ...place, ...kind }];
}

function isIdle({ tokens }: Clause): boolean {
  const rest = tokens.slice(readJoining(tokens, 0).next);
  return isCourtesy(rest) || isLeadIn(rest);
}

function toPieces(text: string, clauses: readonly Asking[]): Piece[] {
  let sentence = 0;
  return clauses.flatMap((clause) => {
    if (!clause.isSameSentence) sentence += 1;
    const { next } = readJoining(clause.tokens, 0);
    const isJoined = clause.tokens[0]?.start === clause.start;
    const start = isJoined ? (clause.tokens[next]?.start ?? clause.start) : clause.start;
    const span = trimSpan(text, { start, end: clause.end });
    if (span.start >= span.end) return [];
    const { joint, relation, phrase, isSameSentence, lead, rank = 0, isItem = false } = clause;
    const own = text.slice(span.start, span.end);
    return [
      {
        ...span,
        text: own,
        ...{ joint, relation, phrase, isSameSentence, sentence, lead, rank, isItem },
        needs: rank === 0 ? [] : readReferences(own, rank),
        lean: leanOf(clause),
        isOpenQuestion: !isSameSentence && isOpenQuestion(clause.tokens) && isJoined,
      },
    ];
  });
}

function wholePiece(text: string, span: Span): Piece {
  return {
    ...span,
    text: text.slice(span.start, span.end),
    joint: 'certain',
    relation: 'parallel',
    phrase: '',
    sentence: 0,
    isSameSentence: false,
    rank: 0,
    isItem: false,
    needs: [],
    lean: undefined,
    isOpenQuestion: false,
    lead: undefined,
  };
}

function leanOf({ tokens, isSameSentence }: Clause): Piece['lean'] {
  if (isSameSentence && isReport(tokens)) return 'reports';
  return refersBack(tokens) ? 'refers' : undefined;
}

/** Without white space and loose punctuation at both ends; a span of marks alone stays. */
function trimSpan(text: string, { start, end }: Span): Span {
  let [first, last] = [start, end];
  while (first < last && /[\s,;:.–—-]/.test(text[first] ?? '')) first += 1;
  while (last > first && /[\s,;:.–—-]/.test(text[last - 1] ?? '')) last -= 1;
  return first < last ? { start: first, end: last } : { start, end };
}
