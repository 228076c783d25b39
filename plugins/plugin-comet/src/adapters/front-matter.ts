import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { ReadFrontMatter } from '../ports/front-matter.ts';

const FENCED = /^---[ \t]*\r?\n(?<yaml>[\s\S]*?)(?<=\n)---[ \t]*(?:\r?\n|$)(?<body>[\s\S]*)$/;
// The YAML begins on the line after the first fence.
const ABOVE = 1;

/** Reads front matter with `yaml`; aliases are refused, since a small file could become a large value. */
export const readFrontMatter: ReadFrontMatter = (raw) => {
  const text = raw.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const { yaml, body = '' } = FENCED.exec(text)?.groups ?? {};
  if (yaml === undefined)
    return {
      line: 1,
      problem: 'it has no front matter: begin with a line ---, then name and description, then ---',
    };
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error)
    return {
      line: lines.linePos(error.pos[0]).line + ABOVE,
      problem: `the front matter is no YAML: ${error.message.toLowerCase()} Put text with a colon or a hash into quotes`,
    };
  const bodyLine = text.slice(0, text.length - body.length).split('\n').length;
  try {
    return {
      fields: document.toJS({ maxAliasCount: 0 }) as unknown,
      body,
      lineOf: (path, below = 0) =>
        path.length === 0 ? bodyLine + below : lineIn(document, lines, path, below),
    };
  } catch {
    return { line: 1 + ABOVE, problem: 'the front matter has aliases: write values out instead' };
  }
};

// Of the key, since a value that is missing has no line.
function lineIn(
  document: Document,
  lines: LineCounter,
  path: readonly string[],
  below: number,
): number {
  let node: unknown = document.contents;
  let line = 1;
  for (const name of path) {
    const pair = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && String(key.value) === name)
      : undefined;
    if (!pair) return line + ABOVE;
    if (isScalar(pair.key) && pair.key.range) line = lines.linePos(pair.key.range[0]).line;
    node = pair.value;
  }
  const isBlock = isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
  return line + ABOVE + (isBlock ? 1 + below : 0);
}
