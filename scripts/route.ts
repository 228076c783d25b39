// npm run -s route -- --jsonl: reads requests from standard input, one {"id", "text"} a line, and
// writes for each how the company would split it and who would get the parts, without running it:
// {"id", "tasks": [{"text", "label", "confidence", "abstained", "dependsOn"}]}. `label` is the most
// probable department; where `abstained` is true, the CEO looks at the part first. A part with
// something that the person should know, such as a circle that was broken, has a "note", too. A line
// that cannot be read gives {"id", "error"}, and exit code 1 at the end.
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { RequestReader, loadRoutingModel, type ReadPart } from '@371os/plugin-router';
import { withEmbedder } from './routing/embedding.ts';
import { readLine, type Line } from './routing/request-line.ts';

const USAGE = 'Usage: npm run -s route -- --jsonl < requests.jsonl';
// Large enough for the embedding to be quick, small enough for answers to come soon.
const BATCH_LINES = 64;

function present({ text, label, confidence, isAbstention, dependsOn, note }: ReadPart): object {
  const rounded = Number(confidence.toFixed(4));
  const told = note === undefined ? {} : { note };
  return { text, label, confidence: rounded, abstained: isAbstention, dependsOn, ...told };
}

async function answer(reader: RequestReader, lines: readonly Line[]): Promise<void> {
  const requests = lines.flatMap((line) => ('text' in line ? [line.text] : []));
  const read = (await reader.readAll(requests)).values();
  for (const line of lines) {
    const { id } = line;
    const result =
      'text' in line
        ? { id, tasks: (read.next().value ?? []).map(present) }
        : { id, error: line.error };
    if ('error' in result) process.exitCode = 1;
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
}

async function main(): Promise<void> {
  await withEmbedder(async (embedder) => {
    const reader = new RequestReader(embedder, loadRoutingModel());
    let waiting: Line[] = [];
    for await (const text of createInterface({ input: process.stdin })) {
      if (text.trim() === '') continue;
      waiting.push(readLine(text));
      if (waiting.length < BATCH_LINES) continue;
      await answer(reader, waiting);
      waiting = [];
    }
    await answer(reader, waiting);
  });
}

try {
  const { values } = parseArgs({ options: { jsonl: { type: 'boolean', default: false } } });
  if (values.jsonl) await main();
  else complain('There is one format so far.');
} catch (error) {
  complain(error instanceof Error ? error.message : String(error));
}

function complain(problem: string): void {
  process.stderr.write(`${problem}\n${USAGE}\n`);
  process.exitCode = 2;
}
