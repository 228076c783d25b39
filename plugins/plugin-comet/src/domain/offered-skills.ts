import type { OfferedSkill } from '@371os/kernel';
import type { Argument } from './argument.ts';
import { fillPrompt, type Shortcut } from './shortcut.ts';

/**
 * Shortcuts as programs are offered them, which read the prompt and do the work themselves.
 * @param texts the file of each, by its name
 */
export function offeredSkillsOf(
  shortcuts: Iterable<Shortcut>,
  texts: ReadonlyMap<string, string>,
): OfferedSkill[] {
  return [...shortcuts].map((shortcut) => ({
    ...{ name: shortcut.name, description: shortcut.description },
    text: texts.get(shortcut.name) ?? '',
    takes: shortcut.takes.map((argument) => ({
      ...{ name: argument.name, description: describe(argument) },
      isRequired: argument.fallback === undefined && argument.type !== 'switch',
    })),
    fill: (values) => fillPrompt(shortcut, { ...defaultsOf(shortcut.takes), ...values }),
  }));
}

function describe({ description, type, choices }: Argument): string {
  return type === 'choice' ? `${description}: ${choices.join(', ')}` : description;
}

function defaultsOf(takes: readonly Argument[]): Record<string, string> {
  return Object.fromEntries(
    takes.flatMap(({ name, fallback }) => (fallback === undefined ? [] : [[name, fallback]])),
  );
}
