import { hasCircle, type Dependency } from './dependencies.ts';
import { isCourtesy, isLeadIn, readCondition, readJoining, readMood } from './grammar.ts';
import { readClauses } from './clauses.ts';
import { isForeignJoiner } from './language.ts';
import { GREETINGS } from './request-words.ts';
import { isInsideToken, tokenise, tokensWithin, type Span, type Token } from './tokens.ts';

/** How somebody else would cut a request; nothing of it is trusted. */
export interface Proposal {
  /** What introduces all parts, in the words of the request. */
  readonly context: readonly string[];
  readonly parts: readonly {
    readonly text: string;
    readonly kind: Dependency['relation'];
    /** Numbers of the parts that have to be done before, from 1. */
    readonly after: readonly number[];
  }[];
}

/** A part as it was proposed, found in the request. */
export interface ProposedPart extends Span, Dependency {
  readonly context: string;
}

/** The parts of a proposal, or why it is not followed. */
export type Verdict = { readonly parts: readonly ProposedPart[] } | { readonly refusal: string };

const QUOTED = 40;
// "Hi Mimi and Zara,"
const LONGEST_GREETING = 5;
const SPACELESS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/**
 * Takes a proposal when it consists of the request's own words and of nothing else: parts stand in
 * it word for word and in order, cut no word or quotation, and leave out nothing but greetings,
 * thanks and joining words; what it calls context asks for nothing; conditions stay conditions, and
 * no part waits for itself.
 */
export function judgeProposal(request: string, { context, parts }: Proposal): Verdict {
  const tokens = tokenise(request);
  const found: Span[] = [];
  for (const { text } of parts) {
    const span = findWords(request, tokens, text, found.at(-1)?.end ?? 0);
    if (!span) return { refusal: `it says ${quoted(text)} where the request does not` };
    found.push(span);
  }
  const introducing: Span[] = [];
  for (const text of context) {
    const span = findWords(request, tokens, text, 0);
    if (!span || found.some((part) => overlaps(part, span)))
      return { refusal: `it says ${quoted(text)} where the request does not` };
    if (asksForSomething(text)) return { refusal: `it leaves ${quoted(text)} undone` };
    introducing.push(span);
  }
  const left = gapsBetween(request, [...found, ...introducing]).find(
    (gap) => !isIdle(tokensWithin(tokens, gap), gap.start),
  );
  if (left) return { refusal: `it leaves out ${quoted(request.slice(left.start, left.end))}` };
  const related = parts.map(({ kind, after }) => dependencyOf(kind, after));
  const problem = problemWith(related, found, tokens);
  if (problem !== undefined) return { refusal: problem };
  const lead = introducing.map(({ start, end }) => request.slice(start, end)).join('\n');
  return {
    parts: found.map((span, index) => ({ ...span, ...FREE, ...related[index], context: lead })),
  };
}

const FREE: Dependency = { relation: 'parallel', dependsOn: [] };

function dependencyOf(kind: Dependency['relation'], after: readonly number[]): Dependency {
  const dependsOn = [...new Set(after.map((number) => number - 1))].sort((a, b) => a - b);
  if (dependsOn.length === 0) return { relation: kind, dependsOn };
  return { relation: kind === 'parallel' ? 'sequential' : kind, dependsOn };
}

function problemWith(
  related: readonly Dependency[],
  found: readonly Span[],
  tokens: readonly Token[],
): string | undefined {
  if (related.some(({ dependsOn }) => dependsOn.some((other) => related[other] === undefined)))
    return 'a part waits for one that there is none of';
  if (related.some(({ relation, dependsOn }) => relation !== 'parallel' && dependsOn.length === 0))
    return 'a part waits for nothing in particular';
  if (hasCircle(related)) return 'its parts wait for each other';
  const forgotten = found.findIndex(
    (span, index) =>
      index > 0 &&
      related[index]?.relation !== 'conditional' &&
      isConditional(tokens, span, found[index - 1]),
  );
  return forgotten < 0 ? undefined : `it forgets the condition of part ${forgotten + 1}`;
}

function isConditional(tokens: readonly Token[], part: Span, before: Span | undefined): boolean {
  const own = tokensWithin(tokens, { start: before?.end ?? 0, end: part.end });
  const begin = own.findIndex(({ isWord }) => isWord);
  if (begin < 0) return false;
  const { relation, next } = readJoining(own, begin);
  return relation === 'conditional' || readCondition(own, next) === 'conditional';
}

/** Where a text stands in the request from a place on; white space may differ. */
function findWords(
  request: string,
  tokens: readonly Token[],
  text: string,
  from: number,
): Span | undefined {
  const words = text.trim().split(/\s+/).map(escapePattern);
  if (words.join('') === '') return undefined;
  const pattern = new RegExp(words.join(String.raw`\s+`), 'gu');
  pattern.lastIndex = from;
  for (const { index, 0: match } of request.matchAll(pattern)) {
    const span = { start: index, end: index + match.length };
    if (isCleanCut(tokens, span.start) && isCleanCut(tokens, span.end)) return span;
  }
  return undefined;
}

function isCleanCut(tokens: readonly Token[], index: number): boolean {
  if (!isInsideToken(tokens, index)) return true;
  const token = tokens.find(({ start, end }) => start < index && index < end);
  // Words of languages that are written without spaces cannot be told apart here.
  return token !== undefined && /^[\p{L}\p{N}]/u.test(token.text) && SPACELESS.test(token.text);
}

function gapsBetween(request: string, spans: readonly Span[]): Span[] {
  const inOrder = [...spans].sort((left, right) => left.start - right.start);
  const starts = [0, ...inOrder.map(({ end }) => end)];
  return starts.map((start, index) => ({ start, end: inOrder[index]?.start ?? request.length }));
}

/** Whether a stretch between parts says nothing: "and then", "Hi all,", "2.", "Thanks!" */
function isIdle(gap: readonly Token[], start: number): boolean {
  const marked = gap.filter(({ isWord, text }) => isWord || text === ',');
  const unmarked = marked.filter(({ text }) => !/^(?:\d{1,2}|[a-h])$/.test(text));
  const words = unmarked.filter(({ isWord }) => isWord);
  if (words.length === 0 || isCourtesy(words) || isLeadIn(words)) return true;
  if (start === 0 && words.length <= LONGEST_GREETING && GREETINGS.has(words[0]?.text ?? ''))
    return true;
  if (words.every(({ text }) => isForeignJoiner(text))) return true;
  return [unmarked, words].some((tokens) => readJoining(tokens, 0).next === tokens.length);
}

function asksForSomething(text: string): boolean {
  return readClauses(tokenise(text)).some(
    ({ tokens }) => readMood(tokens, readJoining(tokens, 0).next) !== undefined,
  );
}

function overlaps(left: Span, right: Span): boolean {
  return left.start < right.end && right.start < left.end;
}

function escapePattern(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}

function quoted(text: string): string {
  const plain = text.trim();
  return `"${plain.length > QUOTED ? `${plain.slice(0, QUOTED)}…` : plain}"`;
}
