import { outlineProblems } from '../domain/output-problems.ts';
import type { Shortcut } from '../domain/shortcut.ts';
import type { OutputReader } from '../ports/output-reader.ts';

/**
 * What keeps an output from being what its shortcut has to give; nothing when it is good.
 * @throws DiagramReaderError
 */
export async function findProblems(
  form: Pick<Shortcut, 'format' | 'sections'>,
  output: string,
  reader: OutputReader,
): Promise<string[]> {
  const outline = reader.outline(output);
  const problems = outlineProblems(form, outline);
  if (form.format !== 'workflow_diagram') return problems;
  for (const { language, text } of outline.blocks)
    if (language === 'mermaid') {
      const problem = await reader.diagramProblem(text);
      if (problem !== undefined) problems.push(`the Mermaid diagram does not parse: ${problem}`);
    }
  return problems;
}
