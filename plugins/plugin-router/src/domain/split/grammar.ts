import {
  AUXILIARIES,
  BACK_REFERENCES,
  COMMAND_VERBS,
  COURTESIES,
  DETERMINERS,
  JOINERS,
  NOUN_VERBS,
  ORDINALS,
  QUESTION_WORDS,
  REPORTING_VERBS,
  STATEMENT_VERBS,
  SUBJECTS,
  SUBORDINATORS,
} from './request-words.ts';
import type { Token } from './tokens.ts';

export type Mood = 'command' | 'question' | 'wish';
export type Relation = 'parallel' | 'sequential' | 'conditional';

/** A run of joining words and commas. */
export interface Joining {
  /** Index of the first token after it. */
  readonly next: number;
  readonly relation: Relation;
  readonly isClear: boolean;
  readonly hasWords: boolean;
  readonly hasComma: boolean;
}

const WISHES = ['need', 'want', "'d", 'would', 'should', 'must', 'have'];
const WISHERS = new Set(['i', 'we', "i'd", "we'd", "let's", 'lets', 'someone', 'somebody', 'you']);
const SOFTENERS = new Set([
  'please',
  'pls',
  'plz',
  'kindly',
  'just',
  'maybe',
  'perhaps',
  'quickly',
]);
// "When does it end?" asks, "when it ends" does not.
const TIMES = new Set(['when', 'where']);

/** Reads joining words from a token on; an empty run when there are none. */
export function readJoining(tokens: readonly Token[], start: number): Joining {
  let next = start;
  let relation: Relation = 'parallel';
  let [isClear, hasWords, hasComma] = [false, false, false];
  for (;;) {
    const token = tokens[next];
    if (token?.text === ',') {
      hasComma = true;
      next += 1;
      continue;
    }
    const joiner = JOINERS.find(({ words }) => matches(tokens, next, words));
    if (!joiner || isOrdinal(tokens, next)) break;
    next += joiner.words.length;
    hasWords = true;
    isClear ||= joiner.isClear;
    if (relation === 'parallel') relation = joiner.relation;
  }
  return { next, relation, isClear, hasWords, hasComma };
}

/** Whether a request begins at a token, and of which kind. */
export function readMood(tokens: readonly Token[], start: number): Mood | undefined {
  let index = start;
  while (SOFTENERS.has(textAt(tokens, index))) index += 1;
  const [word, next] = [textAt(tokens, index), textAt(tokens, index + 1)];
  if (isCommand(tokens, index)) return 'command';
  if (TIMES.has(word)) return AUXILIARIES.has(next) ? 'question' : undefined;
  if (QUESTION_WORDS.has(word) && next !== 'to') return 'question';
  if (AUXILIARIES.has(word) && tokens[index + 1]?.isWord) return 'question';
  if (WISHERS.has(word) && isWish(tokens, index)) return 'wish';
  return undefined;
}

/** Whether a condition that says something begins here: "if it rains, ...". */
export function isCondition(tokens: readonly Token[], start: number): boolean {
  if (AUXILIARIES.has(textAt(tokens, start + 1))) return false;
  return ['if', 'unless', 'when', 'once'].includes(textAt(tokens, start));
}

/**
 * Whether a clause asks for something by itself. A heading such as "new logo for the bar" does when
 * `mayBeHeading`.
 */
export function isWholeRequest(tokens: readonly Token[], mayBeHeading: boolean): boolean {
  const { next } = readJoining(tokens, 0);
  if (countWords(tokens.slice(next)) < 2) return false;
  if (readMood(tokens, next)) return true;
  if (SUBORDINATORS.has(textAt(tokens, next))) return hasLaterRequest(tokens, next);
  return mayBeHeading && countWords(tokens) > 2 && !isStatement(tokens);
}

/** How many words there are. */
export function countWords(tokens: readonly Token[]): number {
  return tokens.filter(({ isWord }) => isWord).length;
}

/** Whether a request follows a comma, or the words of a condition. */
export function hasLaterRequest(tokens: readonly Token[], start: number): boolean {
  return tokens.some(
    ({ isWord }, index) =>
      index > start + 1 &&
      isWord &&
      (tokens[index - 1]?.text === ',' || textAt(tokens, index - 1) === 'then'
        ? readMood(tokens, index) !== undefined || textAt(tokens, index) === 'then'
        : index > start + 2 && isCommand(tokens, index)),
  );
}

/** Whether a sentence only tells something and asks for nothing. */
export function isStatement(tokens: readonly Token[]): boolean {
  const { next } = readJoining(tokens, 0);
  if (tokens.at(-1)?.text === '?' && countWords(tokens) > 2) return false;
  if (readMood(tokens, next)) return false;
  if (SUBORDINATORS.has(textAt(tokens, next)) && hasLaterRequest(tokens, next)) return false;
  if (SUBORDINATORS.has(textAt(tokens, next)) || countWords(tokens) < 3) return true;
  const words = tokens.slice(next).map(({ text }) => text);
  return (
    words.some((word) => STATEMENT_VERBS.has(word) || /[a-z]{3}ed$/.test(word)) ||
    (SUBJECTS.has(words[0] ?? '') && words.length > 3)
  );
}

/** Whether it says nothing but thanks. */
export function isCourtesy(tokens: readonly Token[]): boolean {
  const words = tokens.filter(({ isWord }) => isWord);
  return words.every(({ text }) => COURTESIES.has(text));
}

/** Whether a clause does something to what the one before it was about: "test it". */
export function refersBack(tokens: readonly Token[]): boolean {
  const { next } = readJoining(tokens, 0);
  return [0, 1].some((offset) => BACK_REFERENCES.has(textAt(tokens, next + offset)));
}

/** Whether it asks to be told something: "tell me why". */
export function isReport(tokens: readonly Token[]): boolean {
  const { next } = readJoining(tokens, 0);
  return REPORTING_VERBS.has(textAt(tokens, next));
}

/** Whether a question about a thing begins here, and no relative clause: "which page do we ...". */
export function isThingQuestion(tokens: readonly Token[], start: number): boolean {
  const isAsked = [2, 3, 4].some((offset) => AUXILIARIES.has(textAt(tokens, start + offset)));
  return isAsked && !AUXILIARIES.has(textAt(tokens, start + 1));
}

function isCommand(tokens: readonly Token[], index: number): boolean {
  const [word, next, third] = [0, 1, 2].map((offset) => textAt(tokens, index + offset));
  if (word === undefined || next === undefined || third === undefined) return false;
  if (tokens[index + 1]?.isWord !== true) return false;
  if (['let', "let's", 'lets'].includes(word)) return next !== '';
  // "the check and the report": after an article it is a noun.
  if (NOUN_VERBS.has(word)) {
    const isName = /^(how|what|why|who|whether|if)$/.test(next);
    return isName || DETERMINERS.has(next) || (NOUN_VERBS.has(next) && DETERMINERS.has(third));
  }
  return COMMAND_VERBS.has(word) && !['of', 'is', 'was', 'and'].includes(next);
}

function isWish(tokens: readonly Token[], index: number): boolean {
  const next = textAt(tokens, index + 1);
  const word = textAt(tokens, index);
  if (word === 'you') return COMMAND_VERBS.has(next);
  if (word.endsWith("'d")) return true;
  if (word.startsWith('let')) return next !== '';
  return WISHES.includes(next) && (next !== 'have' || textAt(tokens, index + 2) === 'to');
}

// "The next step" joins nothing, "next, write" and "next write" do.
function isOrdinal(tokens: readonly Token[], index: number): boolean {
  const after = tokens[index + 1];
  if (!ORDINALS.has(textAt(tokens, index)) || after?.text === ':' || after?.text === ',')
    return false;
  return readMood(tokens, index + 1) === undefined;
}

function matches(tokens: readonly Token[], start: number, words: readonly string[]): boolean {
  return words.every((word, offset) => textAt(tokens, start + offset) === word);
}

function textAt(tokens: readonly Token[], index: number): string {
  return tokens[index]?.text ?? '';
}
