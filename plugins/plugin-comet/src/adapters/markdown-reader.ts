import type { OutputReader } from '../ports/output-reader.ts';
import { outlineOf } from './markdown-outline.ts';
import { MermaidParser } from './mermaid-parser.ts';

/** Reads outputs with `marked` and Mermaid's own parsers. */
export function markdownReader(): OutputReader & { close(): Promise<void> } {
  const diagrams = new MermaidParser();
  return {
    outline: outlineOf,
    diagramProblem: (diagram) => diagrams.problemOf(diagram),
    close: () => diagrams.close(),
  };
}
