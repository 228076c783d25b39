import {
  countClosing,
  countWords,
  hasLaterRequest,
  isInspection,
  isStatement,
  isThingQuestion,
  isVerbLike,
  isWholeRequest,
  readCondition,
  readJoining,
  readMood,
  refersBack,
  type Joining,
} from './grammar.ts';
import { foreignRelation } from './language.ts';
import { COMMAND_VERBS, MID_JOINERS } from './request-words.ts';
import type { Span, Token } from './tokens.ts';

/**
 * How sure it is that a clause is work of its own: `certain`; `likely`, unless it speaks of the
 * same; `probable`, `doubtful` and `unlikely`, when it is more and more clearly for somebody else.
 */
export type Joint = 'certain' | 'likely' | 'probable' | 'doubtful' | 'unlikely';

export interface Clause extends Span {
  readonly tokens: readonly Token[];
  readonly joint: Joint;
  readonly relation: Joining['relation'];
  /** The joining words that it begins with, in lower case. */
  readonly phrase: string;
  /** Follows the clause before it in the same sentence. */
  readonly isSameSentence: boolean;
  /** Begins with a word such as "also". */
  readonly hasJoiner: boolean;
  readonly isStatement: boolean;
  /** Its number in a list, from 1; 0 without one. */
  readonly rank?: number | undefined;
  /** Is an item of a list. */
  readonly isItem?: boolean | undefined;
  /** Is what stands before a colon, and introduces all that follows. */
  readonly isHeading?: boolean | undefined;
  /** Stands at the beginning of a line. */
  readonly startsLine?: boolean | undefined;
}

// "The page, which is slow" and "people who ..." ask for nothing.
const RELATIVES = new Set(['which', 'who', 'whose', 'where', 'when']);
// "Keep it short."
const SHORT_TOKENS = 6;
// "... and how much?"
const SHORTEST_QUESTION = 4;
const MONTHS = /^(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])/;
const SENTENCE_ENDS = new Set(['.', '?', '!', ';', '…', '؟', '؛', '。', '！', '？']);
// These end a sentence without a space after them.
const TIGHT_ENDS = new Set([';', '。', '！', '？']);
// How a clause begins says what it is; reading further would take the square of its length.
const WINDOW = 60;
const NOUN_JOINERS = new Set(['as well as', '+']);
const SHORTEST_HEADING = 3;
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

/** The sentences of a line in a language whose clauses cannot be told apart. */
export function readForeignSentences(tokens: readonly Token[]): Clause[] {
  return readSentences(tokens).map((sentence) => ({
    tokens: sentence,
    start: sentence[0]?.start ?? 0,
    end: sentence.at(-1)?.end ?? 0,
    joint: 'certain',
    relation: foreignRelation(sentence),
    phrase: '',
    isSameSentence: false,
    hasJoiner: false,
    isStatement: false,
  }));
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
  if (TIGHT_ENDS.has(mark.text)) return true;
  if (!after || after.start === mark.end) return false;
  if (mark.text !== '.') return true;
  // "3. 5 %", "on the 3. May", "e.g. this", "J. Smith"
  const word = before?.text ?? '';
  if (/^\d+$/.test(word)) return index > 2 && !/^\d/.test(after.text) && !MONTHS.test(after.text);
  return !ABBREVIATIONS.has(word) && !/^[a-z]$/.test(word);
}

function textBefore(tokens: readonly Token[], sentence: readonly Token[]): string {
  const first = sentence[0];
  return tokens.findLast(({ start }) => start < (first?.start ?? 0))?.text ?? '';
}

function readSentence(whole: readonly Token[], before: string | undefined): Clause[] {
  const tokens = withoutClosing(whole);
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
          : clauseJoint(piece, {
              isListed: isListed(tokens, cuts, index),
              before: tokens.slice(cuts[index - 2] ?? 0, start),
            }),
      relation: readRelation(piece, own),
      phrase: own.phrase,
      isSameSentence: index > 0,
      hasJoiner: own.hasWords,
      isStatement: cuts.length === 0 && isStatement(tokens),
    };
  });
}

function withoutClosing(sentence: readonly Token[]): readonly Token[] {
  const end = sentence.findLastIndex(({ isWord }) => isWord) + 1;
  const closing = countClosing(sentence.slice(0, end));
  return closing === 0 ? sentence : sentence.slice(0, end - closing);
}

// At the end of a clause: "... once it works", "... based on that".
const WAITS =
  /(?:^| )(?:(?:once|when|as soon as|after) (?:it|that|this|they|everything|both|all)(?: \S+){1,4}|afterwards?|after that|after this|(?:based|depending|building) on (?:it|that|this|those|them|the \S+))$/;
const TRAILING_WORDS = 8;

function readRelation(piece: readonly Token[], own: Joining): Joining['relation'] {
  const condition = readCondition(piece, own.next);
  if (condition) return condition;
  if (own.relation !== 'parallel') return own.relation;
  const words = piece.slice(own.next).filter(({ isWord }) => isWord);
  const ending = words.slice(-TRAILING_WORDS).map(({ text }) => text);
  const isWaiting = WAITS.test(ending.join(' ')) || startsWithResult(words) || usesResult(words);
  return isWaiting ? 'sequential' : 'parallel';
}

/** "With that list, ..." */
function startsWithResult(tokens: readonly Token[]): boolean {
  const [first = '', second = ''] = tokens.map(({ text }) => text);
  return /^(with|from|using)$/.test(first) && /^(that|those|these)$/.test(second);
}

/** "use it to ..." */
function usesResult(tokens: readonly Token[]): boolean {
  const [first, second = ''] = tokens.map(({ text }) => text);
  return first === 'use' && ['that', 'it', 'this', 'these', 'those'].includes(second);
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
      canBegin(tokens, joining) &&
      isWholeRequest(tokens.slice(begin, Math.min(index, begin + WINDOW)), joining.hasWords);
    if (isCut) {
      cuts.push(index);
      begin = index;
    }
    index = Math.max(joining.next, index + 1);
  }
  return cuts;
}

function canBegin(tokens: readonly Token[], joining: Joining): boolean {
  const { hasWords, isClear, phrase } = joining;
  const rest = tokens.slice(joining.next, joining.next + WINDOW);
  const first = rest[0]?.text ?? '';
  if (countWords(rest) < 2) return isClear && COMMAND_VERBS.has(first);
  if (hasWords && readCondition(rest, 0)) return hasLaterRequest(rest, 0);
  const mood = readMood(rest, 0);
  if (mood === undefined) return hasWords && canBeginUnmarked(rest, phrase);
  if (mood === 'question' && countWords(rest) < SHORTEST_QUESTION) return false;
  if (mood !== 'question' || hasWords) return true;
  return !RELATIVES.has(first) || isThingQuestion(rest, 0);
}

// A verb that is in no list, "and whether we ...", "as well as a price list".
function canBeginUnmarked(rest: readonly Token[], phrase: string): boolean {
  const words = countWords(rest);
  if (rest[0]?.text === 'whether') return words >= SHORTEST_QUESTION;
  return isVerbLike(rest, 0) || (NOUN_JOINERS.has(phrase) && words >= SHORTEST_HEADING);
}

function clauseJoint(
  piece: readonly Token[],
  { isListed, before }: { isListed: boolean; before: readonly Token[] },
): Joint {
  const joining = readJoining(piece, 0);
  const mood = readMood(piece, joining.next);
  if (readCondition(piece, joining.next)) return 'certain';
  if (joining.phrase === '+') return 'likely';
  if (joining.isClear) return mood || joining.relation !== 'parallel' ? 'certain' : 'doubtful';
  const isCommand = mood === 'command' || isVerbLike(piece, joining.next);
  if (isCommand && (isListed || (joining.hasComma && joining.hasWords))) return 'likely';
  const first = readJoining(before, 0).next;
  if (readMood(before, first) !== 'command') return 'doubtful';
  // "Review the calls and write a guide", "list what is in and what is out" are one.
  return isInspection(before, first) || !isCommand ? 'unlikely' : 'probable';
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
  if (readCondition(piece, joining.next) && hasLaterRequest(piece, joining.next)) return 'certain';
  const hasLater = mood === undefined && hasLaterRequest(piece, joining.next);
  if (hasLater && startsWithResult(piece.slice(joining.next))) return 'certain';
  if (joining.hasWords || before === undefined) return 'likely';
  const isUnclear = mood === undefined && !hasLater;
  const isQuestion = isUnclear || mood === 'question' || sentence.at(-1)?.text === '?';
  if (isQuestion || refersBack(piece)) return 'doubtful';
  if (before === ';') return 'certain';
  if (before === '?') return 'doubtful';
  return piece.length < SHORT_TOKENS ? 'probable' : 'likely';
}
