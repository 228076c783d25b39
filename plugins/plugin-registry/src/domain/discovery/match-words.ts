import { PLATFORMS, platformsOf, type IndexedAgent, type Tool } from './indexed-agent.ts';

// Words that every request has and no capability is known by.
const FILLERS = new Set(
  'a an and any agent agents at by can could do does find for from get give have help in into is it me my need needs of on or our please some something tell that the this to tool tools us want we which who with'.split(
    ' ',
  ),
);
// An agent that says nothing of single tools is known by its description, which promises less.
const DESCRIPTION_SHARE = 0.8;
// Less of what is wanted is something else.
const LEAST_SHARE = 0.5;

/** The words that a text is found by: lower case, without fillers and plural endings. */
export function wordsOf(text: string): Set<string> {
  const spaced = text.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2').toLowerCase();
  const words = spaced.match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.filter((word) => !FILLERS.has(word)).map(singular));
}

function singular(word: string): string {
  return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
}

/** An agent with what a search looks at. */
export interface SearchableAgent {
  readonly entry: IndexedAgent;
  readonly toolWords: readonly ReadonlySet<string>[];
  readonly descriptionWords: ReadonlySet<string>;
  /** All of these together: most agents have none of the words, and are passed over by it. */
  readonly allWords: ReadonlySet<string>;
  /** Share of all platforms that it can be called over, 0 to 1. */
  readonly platformShare: number;
}

export function searchable(entry: IndexedAgent): SearchableAgent {
  const toolWords = entry.tools.map((one) => wordsOf(textOf(one)));
  const descriptionWords = wordsOf(`${entry.name} ${entry.description}`);
  const allWords = new Set([descriptionWords, ...toolWords].flatMap((words) => [...words]));
  const platformShare = platformsOf(entry).length / PLATFORMS.length;
  return { entry, toolWords, descriptionWords, allWords, platformShare };
}

function textOf({ id, name, description, tags }: Tool): string {
  return [id, name, description, ...tags].join(' ');
}

/** How well an agent fits what is wanted, and the tool that does it. */
export interface Fit {
  /** Share of the wanted words that one of its tools has, 0.5 to 1. */
  readonly share: number;
  /** Undefined where only the agent's description fits. */
  readonly tool: Tool | undefined;
}

/** The best fit of an agent, if it does half of what is wanted; a wish without words fits everything. */
export function fitOf(agent: SearchableAgent, wanted: readonly string[]): Fit | undefined {
  const { entry, toolWords, descriptionWords, allWords } = agent;
  if (wanted.length === 0) return { share: 1, tool: entry.tools[0] };
  if (shareOf(wanted, allWords) < LEAST_SHARE) return undefined;
  let share = DESCRIPTION_SHARE * shareOf(wanted, descriptionWords);
  let best = -1;
  for (let index = 0; index < toolWords.length; index += 1) {
    const own = shareOf(wanted, toolWords[index] ?? NO_WORDS);
    if (own > share || (own > 0 && own === share && best < 0)) {
      share = own;
      best = index;
    }
  }
  return share < LEAST_SHARE ? undefined : { share, tool: entry.tools[best] };
}

const NO_WORDS: ReadonlySet<string> = new Set();

// Called for every tool of every agent: no iterator, no garbage.
function shareOf(wanted: readonly string[], words: ReadonlySet<string>): number {
  let found = 0;
  for (let index = 0; index < wanted.length; index += 1)
    if (words.has(wanted[index] ?? '')) found += 1;
  return found / wanted.length;
}
