// Start-up cold and warm, a message, and memory: our company beside ElizaOS alone, in one run.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

interface Measured {
  readonly readyMs: number;
  readonly messagesMs: readonly number[];
  readonly routedMs?: readonly number[];
  readonly memoryBytes: number;
  readonly memoryWithEmbeddingsBytes?: number;
}

const REPEATS = 3;
const CHILD_TIMEOUT_MS = 180_000;
const run = promisify(execFile);

async function measure(child: string, directory: string): Promise<Measured> {
  const { stdout } = await run(
    process.execPath,
    ['--conditions=@371os/source', new URL(child, import.meta.url).pathname],
    {
      cwd: new URL('../../', import.meta.url).pathname,
      timeout: CHILD_TIMEOUT_MS,
      env: { ...process.env, DATA_DIR: directory, LOCAL_MODEL_DISCOVERY: 'false' },
    },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Measured;
}

interface Pair {
  readonly cold: Measured;
  readonly warm: Measured;
}

async function coldAndWarm(child: string): Promise<Pair> {
  const directory = mkdtempSync(join(tmpdir(), '371os-bench-'));
  try {
    return { cold: await measure(child, directory), warm: await measure(child, directory) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const bare: Pair[] = [];
const ours: Pair[] = [];
// In turn, so that a machine that slows down slows both.
for (let repeat = 0; repeat < REPEATS; repeat += 1) {
  bare.push(await coldAndWarm('./bare-elizaos.ts'));
  ours.push(await coldAndWarm('./company-child.ts'));
}

function report(
  name: string,
  unit: string,
  value: (pair: Pair) => number,
  baseline: (pair: Pair) => number = value,
): void {
  const measured = median(ours.map(value));
  const base = median(bare.map(baseline));
  const line = {
    bench: name,
    unit,
    value: Number(measured.toFixed(1)),
    baseline: 'bare ElizaOS',
    baselineValue: Number(base.toFixed(1)),
    ratio: Number((measured / base).toFixed(2)),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const message = (pair: Pair): number => median(pair.warm.messagesMs);
report('start-up, new data directory', 'ms', (pair) => pair.cold.readyMs);
report('start-up, existing data directory', 'ms', (pair) => pair.warm.readyMs);
report('message to one agent', 'ms', message);
report('message through the front desk', 'ms', (pair) => median(pair.warm.routedMs ?? []), message);
report('memory', 'MB', (pair) => pair.warm.memoryBytes / 1e6);
report(
  'memory with embeddings',
  'MB',
  (pair) => (pair.warm.memoryWithEmbeddingsBytes ?? 0) / 1e6,
  (pair) => pair.warm.memoryBytes / 1e6,
);
process.exit(0);
