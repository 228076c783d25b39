import { POLITE_BEGINNING } from '@371os/kernel';
import type { Shortcut } from './shortcut.ts';

// What people say who want something made or found out; who asks a question wants an answer.
const VERBS = new Set(
  'write generate create draft make prepare produce design draw sketch prototype plan research examine explore analyze describe validate check review test find specify document lay say'.split(
    ' ',
  ),
);
const FILLERS = new Set(
  'a an the this that these those it its my our your their me us of for to on in at by with from about and or some new please what who how would is are out up'.split(
    ' ',
  ),
);
const SAME: Readonly<Record<string, string>> = {
  documentation: 'doc',
  document: 'doc',
  analyse: 'analyze',
  analysi: 'analyze',
  monetisation: 'monetization',
  specification: 'spec',
};
const LOOKED_AT = 12;
const LEAST_OF_DESCRIPTION = 4;
const LONGEST = 600;

interface Request {
  readonly verb: string;
  readonly words: ReadonlySet<string>;
}

/**
 * The shortcuts that a request in plain words is for, those alone that fit best; none for a question, for what
 * tells nothing to be made, and where only single words are alike.
 */
export function matchRequest(text: string, shortcuts: Iterable<Shortcut>): Shortcut[] {
  const request = readRequest(text);
  if (!request) return [];
  const scored = [...shortcuts].map((shortcut) => ({
    shortcut,
    score: scoreOf(request, shortcut),
  }));
  const best = Math.max(0, ...scored.map(({ score }) => score));
  if (best === 0) return [];
  return scored.filter(({ score }) => score === best).map(({ shortcut }) => shortcut);
}

function readRequest(text: string): Request | undefined {
  if (text.length > LONGEST || /\?\s*$/.test(text)) return undefined;
  const plain = text.trim().replace(new RegExp(POLITE_BEGINNING, 'i'), '');
  const all = wordsOf(plain);
  const [verb = ''] = all;
  if (!VERBS.has(verb)) return undefined;
  return { verb, words: new Set(nounsOf(all.slice(1)).slice(0, LOOKED_AT)) };
}

// A trigger counts with as many words as it has; a description only when most of the request is in it.
function scoreOf(request: Request, { triggers, description }: Shortcut): number {
  const said = triggers.map((trigger) => triggerScore(request, trigger));
  const best = Math.max(0, ...said);
  return best > 0 ? best : descriptionScore(request, description);
}

function triggerScore({ verb, words }: Request, trigger: string): number {
  const all = wordsOf(trigger);
  const [first = ''] = all;
  const hasVerb = VERBS.has(first);
  const nouns = nounsOf(hasVerb ? all.slice(1) : all);
  if (nouns.length === 0 || !nouns.every((noun) => words.has(noun))) return 0;
  const isSameVerb = hasVerb && first === verb;
  // One word may be anybody's; with its verb, or with another word, it is meant.
  if (nouns.length === 1 && !isSameVerb) return 0;
  return nouns.length * 2 + Number(isSameVerb);
}

function descriptionScore({ words }: Request, description: string): number {
  const [firstSentence = ''] = description.split(/[.;]/);
  const known = new Set(nounsOf(wordsOf(firstSentence)));
  const shared = [...words].filter((word) => known.has(word)).length;
  const isMost = shared >= LEAST_OF_DESCRIPTION && shared * 2 > words.size;
  return isMost ? 1 : 0;
}

function nounsOf(words: readonly string[]): string[] {
  return words.filter((word) => !FILLERS.has(word));
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .map((word) => (word.length > 3 && !word.endsWith('ss') ? word.replace(/s$/, '') : word))
    .map((word) => SAME[word] ?? word);
}
