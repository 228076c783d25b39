/** What there is to tell of an agent and a conversation with it. */
export interface ContextParts {
  /** The agent in a line or two. */
  readonly agent: string;
  readonly lastMessage: string;
  /** What programs have shared, the newest first. */
  readonly shared: readonly string[];
  /** What is not done yet, the newest first. */
  readonly open: readonly string[];
  /** What was asked and answered, the newest first. */
  readonly history: readonly string[];
}

/** How long a text is for a language model. */
export interface Tokens {
  count(text: string): number;
  /** The beginning of a text of at most so many. */
  cut(text: string, most: number): string;
}

interface Section {
  readonly title: string;
  readonly lines: readonly string[];
  /** Whether it is read the other way round than it is filled. */
  readonly isOldestFirst?: boolean;
}

// Less of a line says nothing.
const SHORTEST_REST = 12;
// No token of a text that says something is longer; what is beyond cannot fit.
const LONGEST_TOKEN = 20;

/**
 * One text of at most `most` tokens: the agent, what was said last, then as much as there is room for of
 * what programs have shared, of what is open, and of the newest that was said.
 */
export function composeContext(parts: ContextParts, most: number, tokens: Tokens): string {
  const said = parts.lastMessage.trim();
  const sections: Section[] = [
    { title: 'Agent', lines: [parts.agent] },
    { title: 'Said last', lines: said === '' ? [] : [said] },
    { title: 'Shared by programs', lines: parts.shared },
    { title: 'Not done yet', lines: parts.open },
    { title: 'Said before, oldest first', lines: parts.history, isOldestFirst: true },
  ];
  let left = most;
  const shown: string[] = [];
  for (const section of sections) {
    const kept = fitting(section, left, tokens);
    if (kept.text !== '') shown.push(kept.text);
    left -= kept.tokens;
  }
  return cutTo(shown.join('\n\n'), most, tokens);
}

function fitting(
  { title, lines, isOldestFirst }: Section,
  left: number,
  tokens: Tokens,
): { text: string; tokens: number } {
  const kept: string[] = [];
  let used = tokens.count(`\n\n${title}:`);
  for (const line of lines) {
    const short = line.slice(0, left * LONGEST_TOKEN);
    const cost = tokens.count(`\n${short}`);
    const isWhole = short.length === line.length && used + cost <= left;
    const rest = left - used;
    if (!isWhole && rest < SHORTEST_REST) break;
    kept.push(isWhole ? line : `${tokens.cut(short, rest - 2)}…`);
    used = isWhole ? used + cost : left;
    if (!isWhole) break;
  }
  if (kept.length === 0) return { text: '', tokens: 0 };
  const inOrder = isOldestFirst === true ? kept.toReversed() : kept;
  return { text: [`${title}:`, ...inOrder].join('\n'), tokens: used };
}

// The tokens of pieces add up but nearly to those of the whole.
function cutTo(text: string, most: number, tokens: Tokens): string {
  let short = text;
  for (let at = most; tokens.count(short) > most; at -= 1) short = tokens.cut(text, at);
  return short;
}
