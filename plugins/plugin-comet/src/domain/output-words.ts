import type { Shortcut } from './shortcut.ts';

/** What an agent is told whose output was not what was asked for. */
export function repairPrompt(prompt: string, problems: readonly string[]): string {
  return [
    'Your last answer to the following request cannot be used:',
    ...problems.map((problem) => `- ${problem}`),
    'Write the whole answer again with that mended. The request was:',
    '',
    prompt,
  ].join('\n');
}

/** What an agent is told of the form of its output, after the prompt. */
export function formRules({ format, sections }: Pick<Shortcut, 'format' | 'sections'>): string {
  const lines = [
    ...(sections.length > 0
      ? [
          'Answer in Markdown with exactly these headings, each with its content below it:',
          ...sections.map((section) => `## ${section}`),
        ]
      : ['Answer in Markdown.']),
    ...(format === 'workflow_diagram'
      ? [
          'Draw the workflow as one Mermaid diagram in a ```mermaid block: flowchart, sequenceDiagram or stateDiagram-v2. Put labels with brackets or punctuation into double quotes.',
        ]
      : []),
  ];
  return lines.join('\n');
}

/** The sentence for an output that was not good even after it was mended. */
export function unusableOutput(name: string, problems: readonly string[]): string {
  return `/${name} did not give what it has to, not at the second attempt either: ${problems.join('; ')}. Nothing was handed out. Ask again, say more of what you want, or have a stronger model do it.`;
}
