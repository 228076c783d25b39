import { plainRequest } from './plain-text.ts';

/** A department that a directive concerns, and the words of it that say so. */
export interface Department {
  readonly role: string;
  readonly words: readonly string[];
}

/** The origin's departments and their words, in its order. */
export const DEPARTMENTS: readonly Department[] = [
  { role: 'CFO', words: ['financial', 'budget', 'quarterly'] },
  { role: 'CTO', words: ['feature', 'application', 'security', 'infrastructure'] },
  { role: 'CMO', words: ['marketing', 'campaign'] },
  { role: 'CCO', words: ['community', 'outreach'] },
];

/** The departments whose words a directive has, in order; none when it is only to be noted. */
export function departmentsFor(directive: string): Department[] {
  return DEPARTMENTS.flatMap(({ role, words }) => {
    const said = words.filter((word) => new RegExp(pattern(word), 'i').test(directive));
    return said.length === 0 ? [] : [{ role, words: said }];
  });
}

// One campaign or several, one community or several; "securities" are no security.
function pattern(word: string): string {
  return word === 'community' ? String.raw`\bcommunit(?:y|ies)\b` : String.raw`\b${word}s?\b`;
}

const POLITE = String.raw`(?:(?:please|can you|could you|i want you to|mimi|ceo)[,:]?\s)*`;
const DIRECTIVES = [
  String.raw`(?:here is (?:a|my|the) |new |board )?directive\s?[:-]\s?(?<directive>.+)`,
  String.raw`delegate(?: (?:this|the following|it))?(?: to (?:the |our )?(?:departments?|officers?|teams?|right (?:department|officer|people)))?\s?[:,]\s?(?<directive>.+)`,
  String.raw`delegate (?!to\b)(?<directive>.+?)(?: to (?:the |our )?(?:departments?|officers?|teams?|right (?:department|officer|people)))?`,
  String.raw`(?:have|let|get|tell|ask|instruct|direct) (?:the |our |all )*(?:departments?|officers?) (?:to )?(?<directive>.+)`,
].map((source) => new RegExp(`^${POLITE}${source}$`, 'is'));

/** `directive: prepare the quarterly budget and a marketing campaign` */
export function readDirective(text: string): { directive: string } | undefined {
  const plain = plainRequest(text) ?? '';
  for (const words of DIRECTIVES) {
    const directive = words.exec(plain)?.groups?.['directive']?.trim();
    if (directive) return { directive };
  }
  return undefined;
}

/** What became of a directive for one department. */
export interface Delegation extends Department {
  /** Who has the task; undefined when nobody has the role. */
  readonly agent?: string | undefined;
  readonly taskId?: string | undefined;
}

/** Who got what. */
export function describeDelegations(directive: string, delegations: readonly Delegation[]): string {
  if (delegations.length === 0)
    return `Noted: "${directive}" It has no word of a department's (${allWords()}), so nobody was given it.`;
  return delegations.map(describeDelegation).join('\n');
}

function describeDelegation({ role, words, agent, taskId }: Delegation): string {
  const why = words.map((word) => `"${word}"`).join(', ');
  return agent === undefined || taskId === undefined
    ? `${role}: nobody here has this role, so its part (${why}) was not given to anyone.`
    : `${agent} (${role}) has it as task ${taskId.slice(0, 8)}, because of ${why}.`;
}

function allWords(): string {
  return DEPARTMENTS.flatMap(({ words }) => words).join(', ');
}
