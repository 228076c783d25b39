import {
  AUXILIARIES,
  BACK_REFERENCES,
  COMMAND_VERBS,
  COURTESIES,
  DETERMINERS,
  INSPECTING_VERBS,
  EMPTY_WORDS,
  joinersFrom,
  LEAD_IN_FILLERS,
  LEAD_IN_WORDS,
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
  /** The joining words, in lower case. */
  readonly phrase: string;
  /** Index of the first token after it. */
  readonly next: number;
  /** `preceding`: what came before waits for what follows. */
  readonly relation: Relation | 'preceding';
  readonly isClear: boolean;
  readonly hasWords: boolean;
  readonly hasComma: boolean;
}

const WISHES = ['need', 'want', "'d", 'would', 'should', 'must', 'have'];
const WISHERS = new Set(['i', 'we', "i'd", "we'd", "let's", 'lets', 'someone', 'somebody', 'you']);
const CLOSED_CLASS = [
  AUXILIARIES,
  BACK_REFERENCES,
  DETERMINERS,
  STATEMENT_VERBS,
  SUBJECTS,
  SUBORDINATORS,
  EMPTY_WORDS,
  QUESTION_WORDS,
  new Set([
    'not',
    'nor',
    'yet',
    'even',
    'only',
    'than',
    'then',
    'whether',
    'including',
    'plus',
    'like',
    'such',
    'under',
    'between',
    'against',
    'through',
    'around',
    'yesterday',
    'today',
    'tomorrow',
    'tonight',
    'still',
    'already',
    'half',
    'per',
    'via',
    'across',
    'behind',
    'above',
    'below',
    'inside',
    'near',
    'beyond',
    'besides',
    'within',
    'onto',
    'upon',
    'but',
    'also',
  ]),
];
const THANKS = new Set(['thanks', 'thank', 'thx', 'cheers', 'regards', 'best', 'bye']);
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
const NEGATIONS = new Set(["don't", 'do not', 'never', 'dont']);
const OBJECTS = new Set(['the', 'a', 'an', 'us', 'our', 'me', 'my', 'it', 'them', 'their', 'him']);
// "When does it end?" asks, "when it ends" does not.
const TIMES = new Set(['when', 'where']);

/** Reads joining words from a token on; an empty run when there are none. */
export function readJoining(tokens: readonly Token[], start: number): Joining {
  let next = start;
  let relation: Joining['relation'] = 'parallel';
  let [isClear, hasWords, hasComma] = [false, false, false];
  const phrase: string[] = [];
  for (;;) {
    const token = tokens[next];
    if (token?.text === ',') {
      hasComma = true;
      next += 1;
      continue;
    }
    const joiner = joinersFrom(textAt(tokens, next)).find(({ words }) =>
      matches(tokens, next, words),
    );
    if (!joiner || isOrdinal(tokens, next)) break;
    next += joiner.words.length;
    phrase.push(...joiner.words);
    hasWords = true;
    isClear ||= joiner.isClear;
    if (relation === 'parallel') relation = joiner.relation;
  }
  return { next, relation, isClear, hasWords, hasComma, phrase: phrase.join(' ') };
}

/** Whether a request begins at a token, and of which kind. */
export function readMood(tokens: readonly Token[], start: number): Mood | undefined {
  let index = start;
  while (SOFTENERS.has(textAt(tokens, index))) index += 1;
  const [word, next] = [textAt(tokens, index), textAt(tokens, index + 1)];
  if (isCommand(tokens, index)) return 'command';
  if (
    NEGATIONS.has(word === 'do' ? `do ${next}` : word) &&
    COMMAND_VERBS.has(next === 'not' ? textAt(tokens, index + 2) : next)
  )
    return 'command';
  if (TIMES.has(word)) return AUXILIARIES.has(next) ? 'question' : undefined;
  if (QUESTION_WORDS.has(word) && next !== 'to') return 'question';
  if (AUXILIARIES.has(word) && tokens[index + 1]?.isWord) return 'question';
  if (WISHERS.has(word) && isWish(tokens, index)) return 'wish';
  return undefined;
}

const CONDITIONS: Readonly<Record<string, Relation>> = {
  if: 'conditional',
  unless: 'conditional',
  when: 'sequential',
  once: 'sequential',
};

/**
 * How what follows depends on a condition that says something and begins here: "if it rains, ...",
 * "once the server runs, ...". Undefined when none does.
 */
export function readCondition(tokens: readonly Token[], start: number): Relation | undefined {
  const [word, next] = [textAt(tokens, start), textAt(tokens, start + 1)];
  if (AUXILIARIES.has(next)) return undefined;
  if (word === 'as' && next === 'soon') return 'sequential';
  const relation = CONDITIONS[word];
  // "When you have time" waits for nothing that is done here.
  return relation === 'sequential' && next === 'you' ? undefined : relation;
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
    (SUBJECTS.has(words[0] ?? '') && words.length > 3) ||
    words.some((word, index) => index > 0 && isVerbOf(word, words[index + 1] ?? ''))
  );
}

// "The outage cost us ...", "our supplier raises the prices"
function isVerbOf(word: string, object: string): boolean {
  const stem = word.replace(/s$/, '');
  const isVerb = COMMAND_VERBS.has(word) || COMMAND_VERBS.has(stem) || NOUN_VERBS.has(stem);
  return isVerb && OBJECTS.has(object);
}

/** Whether it says nothing but thanks, perhaps with a name: "Many thanks, Jo". */
export function isCourtesy(tokens: readonly Token[]): boolean {
  const words = tokens.filter(({ isWord }) => isWord).map(({ text }) => text);
  const thanked = words.findIndex((word) => !COURTESIES.has(word));
  if (thanked < 0) return true;
  return thanked > 0 && words.length - thanked <= 1 && words.some((word) => THANKS.has(word));
}

/** How many tokens at the end only thank: ", thanks a lot!" */
export function countClosing(tokens: readonly Token[]): number {
  const mark = tokens.findLastIndex(({ text }, index) => text === ',' && index > 0);
  const closing = mark < 0 ? [] : tokens.slice(mark);
  return countWords(closing) > 0 && isCourtesy(closing) ? closing.length : 0;
}

/** Whether a sentence only says that requests follow: "three things please". */
export function isLeadIn(tokens: readonly Token[]): boolean {
  const words = tokens.filter(({ isWord }) => isWord).map(({ text }) => text);
  return (
    words.some((word) => LEAD_IN_WORDS.has(word)) &&
    words.every((word) => LEAD_IN_WORDS.has(word) || LEAD_IN_FILLERS.has(word))
  );
}

/** Whether a clause says nothing without the one before it: "what should we do?", "fix it". */
export function isBare(tokens: readonly Token[]): boolean {
  const { next } = readJoining(tokens, 0);
  const words = tokens.slice(next).filter(({ isWord }) => isWord);
  return words.every(({ text }) =>
    [EMPTY_WORDS, AUXILIARIES, QUESTION_WORDS, COMMAND_VERBS].some((set) => set.has(text)),
  );
}

/** Whether it asks what to do after all that was said. */
export function isOpenQuestion(tokens: readonly Token[]): boolean {
  return readMood(tokens, readJoining(tokens, 0).next) === 'question' && isBare(tokens);
}

/** Whether a clause does something to what the one before it was about: "test it". */
export function refersBack(tokens: readonly Token[]): boolean {
  const { next } = readJoining(tokens, 0);
  const start = SOFTENERS.has(textAt(tokens, next)) ? next + 1 : next;
  return [0, 1].some((offset) => BACK_REFERENCES.has(textAt(tokens, start + offset)));
}

/** Whether it asks to be told something: "tell me why". */
export function isReport(tokens: readonly Token[]): boolean {
  const { next } = readJoining(tokens, 0);
  return REPORTING_VERBS.has(textAt(tokens, next));
}

/** Whether a command only looks at something, mostly for what is asked next. */
export function isInspection(tokens: readonly Token[], start: number): boolean {
  const first = tokens.findIndex(({ text }, index) => index >= start && !SOFTENERS.has(text));
  return INSPECTING_VERBS.has(textAt(tokens, first));
}

/** Whether a question about a thing begins here, and no relative clause: "which page do we ...". */
export function isThingQuestion(tokens: readonly Token[], start: number): boolean {
  const isAsked = [2, 3, 4].some((offset) => AUXILIARIES.has(textAt(tokens, start + offset)));
  return isAsked && !AUXILIARIES.has(textAt(tokens, start + 1));
}

/**
 * Whether a word that is in no list stands where a command has its verb: "and spike the charts".
 */
export function isVerbLike(tokens: readonly Token[], start: number): boolean {
  const [word, next] = [textAt(tokens, start), textAt(tokens, start + 1)];
  if (!/^[a-z]{3,}$/.test(word) || /(ed|ing|ly|[^s]s)$/.test(word)) return false;
  return !CLOSED_CLASS.some((set) => set.has(word)) && OBJECTS.has(next);
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
