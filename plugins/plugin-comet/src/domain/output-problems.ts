import type { Shortcut } from './shortcut.ts';

/** What an output in Markdown consists of. */
export interface Outline {
  readonly headings: readonly {
    readonly text: string;
    /** Whether there is anything below it, in its parts too. */
    readonly hasContent: boolean;
  }[];
  readonly blocks: readonly {
    /** The word behind the fence, in lower case. */
    readonly language: string;
    readonly text: string;
  }[];
}

/** What is missing of an output that can be seen in its outline; nothing when it is good. */
export function outlineProblems(
  { format, sections }: Pick<Shortcut, 'format' | 'sections'>,
  { headings, blocks }: Outline,
): string[] {
  const missing = sections.flatMap((section) => {
    const found = headings.filter(({ text }) => isNamed(text, section));
    if (found.length === 0) return [`the section "${section}" is missing`];
    return found.some(({ hasContent }) => hasContent) ? [] : [`the section "${section}" is empty`];
  });
  const hasDiagram = blocks.some(({ language }) => language === 'mermaid');
  return format === 'workflow_diagram' && !hasDiagram
    ? [...missing, 'there is no diagram in a ```mermaid block']
    : missing;
}

// `## 2. Dependencies & integrations` is the section "Dependencies and integrations".
function isNamed(heading: string, section: string): boolean {
  const plain = wordsOf(heading);
  return wordsOf(section).every((word) => plain.includes(word));
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .replaceAll('&', ' ')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '' && word !== 'and');
}
