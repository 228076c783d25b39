import { readBlocks, type Block } from './split/blocks.ts';
import { readClauses, type Clause, type Joint } from './split/clauses.ts';
import { isCourtesy, isReport, readJoining, refersBack, type Relation } from './split/grammar.ts';
import { GREETINGS, LEAD_IN_WORDS, SUBORDINATORS } from './split/request-words.ts';
import { tokenise, tokensWithin, type Span, type Token } from './split/tokens.ts';

/** More parts than this stay together in the last one. */
export const MOST_PARTS = 40;
// What follows belongs to the last part.
const LONGEST_CHARACTERS = 20_000;

/** A part of a request, in the person's own words. */
export interface RequestPart extends Span {
  /** `request.slice(start, end)`; never blank. */
  readonly text: string;
  /** How it follows on the parts in `dependsOn`; `parallel` when it can start at once. */
  readonly relation: Relation;
  /** Indexes of the earlier parts that have to be done before. */
  readonly dependsOn: readonly number[];
}

/** A clause that may be a part, or belong to the one before it. */
export interface Piece extends Span {
  readonly text: string;
  /** How sure it is that it does not belong to the piece before it. */
  readonly joint: Joint;
  readonly relation: Relation;
  readonly isSameSentence: boolean;
  /** Speaks of what the piece before was about, or asks for its outcome. */
  readonly leansBack: boolean;
}

/** A request cut as finely as it may be. */
export interface Draft {
  readonly request: string;
  /** Never empty when the request is not blank. */
  readonly pieces: readonly Piece[];
  /** Where a request of one part begins: a lead-in belongs to it. */
  readonly start: number;
}

/**
 * How probable it is that two neighbouring pieces are for the same department, 0 to 1. Takes the
 * indexes of the pieces.
 */
export type Sameness = (left: number, right: number) => number;

// Chosen on training/multi.jsonl and on the requests of one part in training/single.jsonl.
const OTHER_WORK = 0.4;
const CLEARLY_OTHER_WORK = 0.15;
const SAME_WORK = 0.5;

/** Cuts a request into the pieces that could be parts, without deciding what is doubtful. */
export function draftParts(request: string): Draft {
  const text = request.slice(0, LONGEST_CHARACTERS);
  const tokens = tokenise(text);
  const blocks = readBlocks(text, tokens).map((block) => readBlock(tokens, block));
  const clauses = blocks.flatMap((block) => block.clauses).filter((clause) => !isIdle(clause));
  const { kept, lead } = dropStatements(clauses);
  const pieces = kept.flatMap((clause) => toPiece(text, clause));
  if (pieces.length > 0 || request.trim() === '') {
    const start = Math.min(lead ?? text.length, blocks[0]?.start ?? 0, pieces[0]?.start ?? 0);
    return { request, pieces, start };
  }
  const whole = trimSpan(text, { start: 0, end: text.length });
  return { request, pieces: [pieceOf(text, whole)], start: whole.start };
}

/** Decides what is doubtful, by the meaning of the pieces when it is given, and joins the rest. */
export function settleParts(draft: Draft, sameness: Sameness = () => 0.5): RequestPart[] {
  const groups: Piece[][] = [];
  for (const [index, piece] of draft.pieces.entries()) {
    const isNew = index === 0 || isOtherWork(piece, sameness(index - 1, index));
    if (isNew && groups.length < MOST_PARTS) groups.push([piece]);
    else groups.at(-1)?.push(piece);
  }
  return relate(draft, groups);
}

/** The parts of a request by its words alone. */
export function splitRequest(request: string): RequestPart[] {
  return settleParts(draftParts(request));
}

function isOtherWork(piece: Piece, sameness: number): boolean {
  switch (piece.joint) {
    case 'certain':
      return true;
    case 'likely':
      return !piece.leansBack || sameness < SAME_WORK;
    case 'doubtful':
      return sameness < (piece.leansBack ? CLEARLY_OTHER_WORK : OTHER_WORK);
  }
}

function relate(draft: Draft, groups: readonly Piece[][]): RequestPart[] {
  const parts: RequestPart[] = [];
  for (const [index, group] of groups.entries()) {
    const [first, before] = [group[0], parts.at(-1)];
    if (!first) continue;
    const span = spanOf(draft, group, {
      isFirst: index === 0,
      isLast: index === groups.length - 1,
    });
    const inherits = first.relation === 'parallel' && first.isSameSentence;
    const relation = inherits ? (before?.relation ?? 'parallel') : first.relation;
    const isFree = !before || relation === 'parallel';
    parts.push({
      ...span,
      text: draft.request.slice(span.start, span.end),
      relation: isFree ? 'parallel' : relation,
      dependsOn: isFree ? [] : inherits ? before.dependsOn : [parts.length - 1],
    });
  }
  return parts;
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

function readBlock(
  tokens: readonly Token[],
  block: Block,
): { start: number; clauses: readonly Clause[] } {
  const inside = tokensWithin(tokens, block);
  const greeted = block.isItem ? inside : dropGreeting(inside);
  const own = block.isItem ? inside : dropLeadIn(greeted);
  const clauses = readClauses(own);
  const [first, ...rest] = clauses;
  const start = greeted[0]?.start ?? block.start;
  if (!first) return { start, clauses };
  if (!block.isItem) return { start, clauses: [{ ...first, joint: 'likely' }, ...rest] };
  const end = clauses.at(-1)?.end ?? first.end;
  const item: Clause = { ...first, end, tokens: own, joint: 'certain', isStatement: false };
  return { start, clauses: [item] };
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
  const isLeadIn =
    SUBORDINATORS.has(tokens[0]?.text ?? '') ||
    tokens.slice(0, colon).some(({ text }) => LEAD_IN_WORDS.has(text));
  return isLeadIn || colon === tokens.length - 1 ? tokens.slice(colon + 1) : tokens;
}

function isIdle({ tokens }: Clause): boolean {
  const { next } = readJoining(tokens, 0);
  return isCourtesy(tokens.slice(next));
}

/**
 * What only tells something is no part of its own. At the beginning it is a lead-in, unless what
 * follows begins with "also"; later it belongs to what it follows.
 */
function dropStatements(clauses: readonly Clause[]): {
  kept: readonly Clause[];
  lead: number | undefined;
} {
  const kept: Clause[] = [];
  for (const clause of clauses) {
    const last = kept.at(-1);
    if (last && clause.isStatement && !clause.hasJoiner)
      kept[kept.length - 1] = { ...last, end: clause.end };
    else kept.push(clause);
  }
  const asking = kept.findIndex(({ isStatement, hasJoiner }) => !isStatement || hasJoiner);
  if (asking <= 0) return { kept, lead: undefined };
  const isFirstPart = kept[asking]?.hasJoiner === true;
  return { kept: kept.slice(isFirstPart ? asking - 1 : asking), lead: kept[0]?.start };
}

function toPiece(text: string, clause: Clause): Piece[] {
  const { next } = readJoining(clause.tokens, 0);
  const isJoined = clause.tokens[0]?.start === clause.start;
  const start = isJoined ? (clause.tokens[next]?.start ?? clause.start) : clause.start;
  const span = trimSpan(text, { start, end: clause.end });
  if (span.start >= span.end) return [];
  const { joint, relation, isSameSentence } = clause;
  const leansBack = refersBack(clause.tokens) || isReport(clause.tokens);
  return [{ ...pieceOf(text, span), joint, relation, isSameSentence, leansBack }];
}

function pieceOf(text: string, span: Span): Piece {
  return {
    ...span,
    text: text.slice(span.start, span.end),
    joint: 'certain',
    relation: 'parallel',
    isSameSentence: false,
    leansBack: false,
  };
}

/** Without white space and loose punctuation at both ends; a span of marks alone stays. */
function trimSpan(text: string, { start, end }: Span): Span {
  let [first, last] = [start, end];
  while (first < last && /[\s,;:.–—-]/.test(text[first] ?? '')) first += 1;
  while (last > first && /[\s,;:.–—-]/.test(text[last - 1] ?? '')) last -= 1;
  return first < last ? { start: first, end: last } : { start, end };
}
