import {
  countWords,
  hasLaterRequest,
  isCondition,
  isStatement,
  isThingQuestion,
  isWholeRequest,
  readJoining,
  readMood,
  refersBack,
  type Relation,
} from './grammar.ts';
import { MID_JOINERS } from './request-words.ts';
import type { Span, Token } from './tokens.ts';

/**
 * How sure it is that a clause is work of its own: `certain`; `likely`, unless it speaks of the
 * same; `doubtful`, unless it is clearly for somebody else.
 */
export type Joint = 'certain' | 'likely' | 'doubtful';

export interface Clause extends Span {
  readonly tokens: readonly Token[];
  readonly joint: Joint;
  readonly relation: Relation;
  /** Follows the clause before it in the same sentence. */
  readonly isSameSentence: boolean;
  /** Begins with a word such as "also". */
  readonly hasJoiner: boolean;
  readonly isStatement: boolean;
}

// "The page, which is slow" and "people who ..." ask for nothing.
const RELATIVES = new Set(['which', 'who', 'whose', 'where', 'when']);
// "Keep it short."
const SHORT_TOKENS = 6;
// "... and how much?"
const SHORTEST_QUESTION = 4;
const SENTENCE_ENDS = new Set(['.', '?', '!', ';', '…']);
const ABBREVIATIONS = new Set(
  'e.g i.e eg ie vs mr mrs ms dr prof st no nr approx etc inc ltd co corp dept est fig ca cf max min jan feb mar apr jun jul aug sep sept oct nov dec'.split(
    ' ',
  ),
);

/** The clauses of a line that could be work of their own, in order. */
export function readClauses(tokens: readonly Token[]): Clause[] {
  return readSentences(tokens).flatMap((sentence, index) =>
    readSentence(sentence, index > 0 ? textBefore(tokens, sentence) : undefined),
  );
}

function readSentences(tokens: readonly Token[]): Token[][] {
  const sentences: Token[][] = [[]];
  for (const [index, token] of tokens.entries()) {
    sentences.at(-1)?.push(token);
    if (isSentenceEnd(tokens, index)) sentences.push([]);
  }
  return sentences.filter((sentence) => sentence.some(({ isWord }) => isWord));
}

function isSentenceEnd(tokens: readonly Token[], index: number): boolean {
  const [before, mark, after] = [tokens[index - 1], tokens[index], tokens[index + 1]];
  if (!mark || !SENTENCE_ENDS.has(mark.text)) return false;
  if (mark.text === ';') return true;
  if (!after || after.start === mark.end) return false;
  if (mark.text !== '.') return true;
  // "3. 5 %", "e.g. this", "J. Smith"
  const word = before?.text ?? '';
  return !ABBREVIATIONS.has(word) && !/^(\d+|[a-z])$/.test(word);
}

function textBefore(tokens: readonly Token[], sentence: readonly Token[]): string {
  const first = sentence[0];
  return tokens.findLast(({ start }) => start < (first?.start ?? 0))?.text ?? '';
}

function readSentence(tokens: readonly Token[], before: string | undefined): Clause[] {
  const cuts = findCuts(tokens);
  return [0, ...cuts].map((start, index) => {
    const piece = tokens.slice(start, cuts[index]);
    const own = readJoining(piece, 0);
    return {
      tokens: piece,
      start: piece[0]?.start ?? 0,
      end: piece.at(-1)?.end ?? 0,
      joint:
        index === 0
          ? sentenceJoint(tokens, piece, before)
          : clauseJoint(piece, { isListed: isListed(tokens, cuts, index) }),
      relation: isCondition(piece, own.next) ? 'conditional' : own.relation,
      isSameSentence: index > 0,
      hasJoiner: own.hasWords,
      isStatement: cuts.length === 0 && isStatement(tokens),
    };
  });
}

/** Where a clause begins that asks for something, after one that does. */
function findCuts(tokens: readonly Token[]): number[] {
  const cuts: number[] = [];
  let [begin, index] = [0, 1];
  while (index < tokens.length) {
    const joining = readJoining(tokens, index);
    const isCut =
      joining.next > index &&
      MID_JOINERS.has(tokens[index]?.text ?? '') &&
      canBegin(tokens, joining.next, joining.hasWords) &&
      isWholeRequest(tokens.slice(begin, index), joining.hasWords);
    if (isCut) {
      cuts.push(index);
      begin = index;
    }
    index = Math.max(joining.next, index + 1);
  }
  return cuts;
}

function canBegin(tokens: readonly Token[], index: number, hasWords: boolean): boolean {
  const rest = tokens.slice(index, index + 60);
  if (countWords(rest) < 2) return false;
  if (hasWords && isCondition(rest, 0)) return hasLaterRequest(rest, 0);
  const mood = readMood(rest, 0);
  if (mood === 'question' && countWords(rest) < SHORTEST_QUESTION) return false;
  if (mood !== 'question' || hasWords) return mood !== undefined;
  return !RELATIVES.has(rest[0]?.text ?? '') || isThingQuestion(rest, 0);
}

function clauseJoint(piece: readonly Token[], { isListed }: { isListed: boolean }): Joint {
  const joining = readJoining(piece, 0);
  if (joining.isClear || isCondition(piece, joining.next)) return 'certain';
  if (readMood(piece, joining.next) !== 'command') return 'doubtful';
  return isListed || (joining.hasComma && joining.hasWords) ? 'likely' : 'doubtful';
}

/** Whether a clause stands in a list: "write this, test that and tell them". */
function isListed(tokens: readonly Token[], cuts: readonly number[], index: number): boolean {
  if (cuts.length < 2) return false;
  const hasComma = (cut: number | undefined): boolean => tokens[cut ?? -1]?.text === ',';
  return hasComma(cuts[index - 1]) || (index === cuts.length && hasComma(cuts[0]));
}

function sentenceJoint(
  sentence: readonly Token[],
  piece: readonly Token[],
  before: string | undefined,
): Joint {
  const joining = readJoining(piece, 0);
  const mood = readMood(piece, joining.next);
  if (mood !== undefined && joining.isClear) return 'certain';
  if (isCondition(piece, joining.next) && hasLaterRequest(piece, joining.next)) return 'certain';
  if (joining.hasWords || before === undefined) return 'likely';
  const isQuestion = mood === undefined || mood === 'question' || sentence.at(-1)?.text === '?';
  if (isQuestion || refersBack(piece)) return 'doubtful';
  if (before === ';') return 'certain';
  return before === '?' || piece.length < SHORT_TOKENS ? 'doubtful' : 'likely';
}
