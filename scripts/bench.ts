// npm run bench: runs the sections of tests/bench one after the other, each in a process of its own,
// and prints what they measured: `npm run bench [-- [--json] [SECTION ...]]`. Without names all of
// them run. Progress goes to standard error.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { formatTable } from './bench/table.ts';

const FOLDER = fileURLToPath(new URL('../tests/bench/', import.meta.url));
const SUFFIX = '-bench.ts';
const TIMEOUT_MS = 15 * 60_000;

/** What a measurement prints, one JSON object a line: `{"what": "warm start", "ms": 812}`. */
const measured = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
type Measured = z.output<typeof measured>;

async function run(name: string, onLine: (line: Measured) => void): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, join(FOLDER, name + SUFFIX)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // What is measured should not be ElizaOS writing its log.
    env: { ...process.env, LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'fatal' },
    timeout: TIMEOUT_MS,
  });
  const ended = new Promise<number>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done(code ?? 1));
  });
  for await (const line of createInterface(child.stdout)) {
    const result = readLine(line);
    if (result) onLine(result);
    else process.stderr.write(`${line}\n`);
  }
  return ended;
}

// A measurement may talk while it works; what is no JSON object is passed on as talk.
function readLine(line: string): Measured | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return measured.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

async function report(name: string, isJson: boolean): Promise<boolean> {
  const lines: Measured[] = [];
  const code = await run(name, (line) => {
    lines.push(line);
    if (isJson) process.stdout.write(`${JSON.stringify({ section: name, ...line })}\n`);
  });
  if (!isJson) process.stdout.write(`${formatTable(lines)}\n`);
  if (code !== 0) process.stderr.write(`${name} failed with exit code ${code}\n`);
  return code === 0 && lines.length > 0;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const sections = readdirSync(FOLDER)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length))
  .sort();
const unknown = positionals.filter((name) => !sections.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no ${unknown.join(', ')}; there are ${sections.join(', ')}.\n`);
  process.exit(2);
}
const wanted = positionals.length === 0 ? sections : positionals;
for (const [index, name] of wanted.entries()) {
  const begin = performance.now();
  process.stderr.write(`\n${name} (${String(index + 1)} of ${String(wanted.length)})\n`);
  if (!(await report(name, values.json))) process.exitCode = 1;
  const seconds = Math.round((performance.now() - begin) / 1_000);
  process.stderr.write(`  ${name} took ${String(seconds)} s\n`);
}
