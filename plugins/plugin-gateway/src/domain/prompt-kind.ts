/** What ElizaOS asks a model for. `other` is any prompt of a plugin's own. */
export type PromptKind =
  'should-respond' | 'dialog' | 'reply' | 'decision' | 'summary' | 'reflection' | 'other';

const OPENINGS: readonly (readonly [string, PromptKind])[] = [
  ['Decide on behalf of', 'should-respond'],
  ['Generate dialog and actions', 'dialog'],
  ['Generate dialog for the character', 'reply'],
  ['Determine the next step', 'decision'],
  ['Summarize what the assistant has done', 'summary'],
  ['Generate Agent Reflection', 'reflection'],
];

// Each prompt says in its first lines what it wants; what people write comes later, so it cannot
// pass for a prompt.
const HEAD_CHARACTERS = 160;

/** Recognises the prompts of ElizaOS 1.7.2 by their first line. */
export function promptKind(prompt: string): PromptKind {
  const head = prompt.trimStart().slice(0, HEAD_CHARACTERS);
  return OPENINGS.find(([opening]) => head.includes(opening))?.[1] ?? 'other';
}

/** Whether what the model answers is read by a person. */
export function isForPerson(kind: PromptKind): boolean {
  return kind === 'dialog' || kind === 'reply' || kind === 'decision' || kind === 'summary';
}
